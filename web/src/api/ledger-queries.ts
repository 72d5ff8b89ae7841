import { useQuery } from '@tanstack/react-query';
import type { LedgerNode, ListedLedgerRun } from './ledger-shapes.ts';
import { getJson } from './request.ts';

const EVERY_MS = 5_000;
const RECENT_EVERY_MS = 60_000;
const PAGE = 1_000;
/** Nodes that are read at most; whoever has more searches by the API. */
export const MAX_NODES = 5_000;
const RECENT_RUNS = 500;

/** All nodes of the ledger, by id. */
export function useLedgerNodes() {
  return useQuery({
    queryKey: ['ledger', 'nodes'],
    queryFn: async ({ signal }) => {
      const nodes: LedgerNode[] = [];
      let after = '';
      do {
        const cursor = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
        const path = `/api/v1/ledger/nodes?limit=${PAGE}${cursor}`;
        const page = await getJson<{ nodes: LedgerNode[]; next: string | null }>(path, signal);
        nodes.push(...page.nodes);
        after = page.next ?? '';
      } while (after !== '' && nodes.length < MAX_NODES);
      return nodes;
    },
    refetchInterval: EVERY_MS,
  });
}

/** The last runs of the whole ledger, by node, newest first; for a glance, so they may be a minute old. */
export function useRecentRuns() {
  return useQuery({
    queryKey: ['ledger', 'recent'],
    queryFn: async ({ signal }) => {
      const path = `/api/v1/ledger/runs?limit=${RECENT_RUNS}`;
      const { runs } = await getJson<{ runs: ListedLedgerRun[] }>(path, signal);
      return Map.groupBy(runs, ({ node }) => node);
    },
    staleTime: RECENT_EVERY_MS,
    refetchInterval: RECENT_EVERY_MS,
  });
}
