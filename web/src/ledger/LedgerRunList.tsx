import { useCallback, useRef } from 'react';
import type { ListedLedgerRun } from '../api/ledger-shapes.ts';
import { EndlessList } from '../list/EndlessList.tsx';
import { ListEnd } from '../list/ListEnd.tsx';
import { ListSkeleton } from '../list/ListSkeleton.tsx';
import { useHoldReason } from '../list/use-held.ts';
import { useOrdinalList } from '../list/use-ordinal-list.ts';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { LedgerRunRow } from './LedgerRunRow.tsx';

export interface LedgerRunListProps {
  readonly node: string;
  /** Only runs of this status; empty for all. */
  readonly status: string;
  /** False when the ledger has no such node. */
  readonly isKnown: boolean;
}

const KEY = ['ledger', 'runs'] as const;
const ROW_PX = 64;

/** The runs of a node. */
export function LedgerRunList({ node, status, isKnown }: LedgerRunListProps) {
  const place = useRef<HTMLDivElement>(null);
  const isHeld = useHoldReason(place, false) !== null;
  const query = new URLSearchParams({ node, ...(status !== '' && { status }) }).toString();
  const runs = useOrdinalList({ key: KEY, path: '/api/v1/ledger/runs', query, toPage }, isHeld);
  const { list, problem, reload, loadOlder, noteFirstSeen } = runs;
  const toSpokenText = useCallback(
    ({ status: ended, trigger, title }: ListedLedgerRun) => `${ended}: ${title ?? trigger}`,
    [],
  );

  return (
    <>
      {problem !== null && <ProblemAlert problem={problem} onRetry={reload} />}
      {list.phase === 'loading' && problem === null && <ListSkeleton what="runs" />}
      {list.items.length > 0 && (
        <EndlessList
          list={place}
          items={list.items}
          label="Runs of the node, newest first"
          rowPx={ROW_PX}
          toTime={({ startedAt }) => startedAt}
          toSpokenText={toSpokenText}
          isBusy={list.older === 'loading'}
          onNearEnd={loadOlder}
          onFirstSeen={noteFirstSeen}
        >
          {(run, focus) => <LedgerRunRow run={run} {...focus} />}
        </EndlessList>
      )}
      {list.phase === 'ready' && (
        <ListEnd
          older={list.older}
          next={list.next}
          isEmpty={list.items.length === 0}
          what="Older runs"
          onRetry={loadOlder}
        >
          <p>
            {isKnown
              ? `No run ${status === '' ? 'of this node is kept any more' : `of this node is on record as ${status}`}.`
              : 'The ledger has no such node.'}
          </p>
        </ListEnd>
      )}
    </>
  );
}

function toPage(answer: unknown) {
  const { runs, next } = answer as { runs: readonly ListedLedgerRun[]; next: number | null };
  return { items: runs, next };
}
