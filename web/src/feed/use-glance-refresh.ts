import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { QUERY_KEYS } from '../api/queries.ts';
import type { StreamPhase } from './live-stream.ts';

const AFTER_MS = 1_000;

/** Has the numbers in the header read again soon after events arrived or the stream came or went, at most once a second. */
export function useGlanceRefresh(newestSeq: number, phase: StreamPhase): void {
  const client = useQueryClient();
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => {
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined;
      void client.invalidateQueries({ queryKey: QUERY_KEYS.books });
      void client.invalidateQueries({ queryKey: QUERY_KEYS.health });
      void client.invalidateQueries({ queryKey: QUERY_KEYS.forges });
    }, AFTER_MS);
  }, [client, newestSeq, phase]);
  useEffect(() => () => clearTimeout(timer.current), []);
}
