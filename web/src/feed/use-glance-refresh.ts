import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { QUERY_KEYS } from '../api/queries.ts';

const AFTER_MS = 1_000;

/** Has the numbers in the header read again soon after events arrived, at most once a second. */
export function useGlanceRefresh(newestSeq: number): void {
  const client = useQueryClient();
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => {
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined;
      void client.invalidateQueries({ queryKey: QUERY_KEYS.books });
      void client.invalidateQueries({ queryKey: QUERY_KEYS.health });
      void client.invalidateQueries({ queryKey: QUERY_KEYS.forges });
    }, AFTER_MS);
  }, [client, newestSeq]);
  useEffect(() => () => clearTimeout(timer.current), []);
}
