import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useReducer, useRef } from 'react';
import { getJson, type ShownProblem, toShownProblem } from '../api/request.ts';
import {
  type OrdinalItem,
  type OrdinalList,
  type OrdinalListAction,
  type OrdinalPage,
  reduceOrdinalList,
  toEmptyList,
} from './ordinal-list.ts';

export interface OrdinalListSource<T> {
  /** In the cache, without the query. */
  readonly key: readonly string[];
  readonly path: string;
  /** Filter parameters, as in an address. */
  readonly query: string;
  /** The items within an answer. */
  readonly toPage: (answer: unknown) => { readonly items: readonly T[]; readonly next: number | null };
}

export interface LiveOrdinalList<T> {
  readonly list: OrdinalList<T>;
  /** Why it could not be read at last; what was read before is still there. */
  readonly problem: ShownProblem | null;
  readonly reload: () => void;
  readonly loadOlder: () => void;
  /** Tells which item is the first in the window. */
  readonly noteFirstSeen: (item: T | undefined) => void;
}

const LIVE_MS = 3_000;
const LIMIT = 100;

/**
 * A list of the hub, endless downwards and kept fresh where somebody looks: while the page is visible, the stretch in the window is read
 * anew every few seconds. While `isHeld`, nothing comes in above it.
 */
export function useOrdinalList<T extends OrdinalItem>(
  source: OrdinalListSource<T>,
  isHeld: boolean,
): LiveOrdinalList<T> {
  const { key, path, query, toPage } = source;
  const [known, dispatch] = useReducer<Known<T>, [OrdinalListAction<T> & { readonly query: string }]>(reduce, {
    query,
    list: toEmptyList(),
  });
  const list = known.query === query ? known.list : toEmptyList<T>();
  const firstSeen = useRef<T | undefined>(undefined);
  // Only where something is shown can anything move under anybody.
  const canHold = useRef(false);
  canHold.current = isHeld && list.items.length > 0;

  const read = useCallback(
    async (before: number | null, signal: AbortSignal): Promise<OrdinalPage<T>> => {
      const cursor = before === null ? [] : [['before', String(before)]];
      const parameters = new URLSearchParams([...new URLSearchParams(query), ['limit', String(LIMIT)], ...cursor]);
      const { items, next } = toPage(await getJson(`${path}?${parameters}`, signal));
      return { items, next, before, isFull: items.length >= LIMIT };
    },
    [path, query, toPage],
  );

  const { data, error, refetch } = useQuery({
    queryKey: [...key, 'list', query],
    queryFn: ({ signal }) => {
      const seen = firstSeen.current;
      return read(canHold.current && seen !== undefined ? seen.ordinal + 1 : null, signal);
    },
    refetchInterval: LIVE_MS,
    staleTime: 0,
    gcTime: 0,
  });
  useEffect(() => {
    if (data !== undefined) dispatch({ kind: 'read', page: data, query });
  }, [data, query]);

  const wasHeld = useRef(isHeld);
  useEffect(() => {
    if (wasHeld.current && !isHeld) void refetch();
    wasHeld.current = isHeld;
  }, [isHeld, refetch]);

  const { next, phase } = list;
  const asking = useRef<AbortController | null>(null);
  useEffect(() => () => asking.current?.abort(), [query]);
  const loadOlder = useCallback(() => {
    if (next === null || (asking.current !== null && !asking.current.signal.aborted)) return;
    const aborter = new AbortController();
    asking.current = aborter;
    dispatch({ kind: 'older-asked', query });
    read(next, aborter.signal)
      .then((page) => {
        if (!aborter.signal.aborted) dispatch({ kind: 'read', page, query });
      })
      .catch((failure: unknown) => {
        if (!aborter.signal.aborted) dispatch({ kind: 'older-failed', problem: toShownProblem(failure), query });
      })
      .finally(() => {
        if (asking.current === aborter) asking.current = null;
      });
  }, [query, next, read]);

  // A page of a rare filter may hold nothing and still not be the last.
  const isBarren = phase === 'ready' && list.items.length === 0 && next !== null && list.older === 'idle';
  useEffect(() => {
    if (isBarren) loadOlder();
  }, [isBarren, loadOlder]);

  const noteFirstSeen = useCallback((item: T | undefined) => {
    firstSeen.current = item;
  }, []);
  const reload = useCallback(() => void refetch(), [refetch]);
  return { list, problem: error === null ? null : toShownProblem(error), reload, loadOlder, noteFirstSeen };
}

/** What is known of the list of one query; another begins with nothing. */
interface Known<T> {
  readonly query: string;
  readonly list: OrdinalList<T>;
}

function reduce<T extends OrdinalItem>(
  { query, list }: Known<T>,
  action: OrdinalListAction<T> & { readonly query: string },
): Known<T> {
  return {
    query: action.query,
    list: reduceOrdinalList(query === action.query ? list : toEmptyList<T>(), action),
  };
}
