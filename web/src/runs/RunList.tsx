import { Button } from '@mantine/core';
import { useRef } from 'react';
import { RUNS_KEY } from '../api/run-queries.ts';
import type { RunSummary } from '../api/run-shapes.ts';
import { EndlessList } from '../list/EndlessList.tsx';
import { ListEnd } from '../list/ListEnd.tsx';
import { ListSkeleton } from '../list/ListSkeleton.tsx';
import { useHoldReason } from '../list/use-held.ts';
import { useOrdinalList } from '../list/use-ordinal-list.ts';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { EVERY_RUN, type RunFilter, toRunQuery } from './run-filter.ts';
import { RunFilterBar } from './RunFilterBar.tsx';
import { toSpokenRun } from './run-texts.ts';
import { RunRow } from './RunRow.tsx';

export interface RunListProps {
  readonly filter: RunFilter;
  readonly onChange: (filter: RunFilter) => void;
}

const ROW_PX = 60;

/** The runs of a filter, below it. */
export function RunList({ filter, onChange }: RunListProps) {
  const query = toRunQuery(filter);
  const place = useRef<HTMLDivElement>(null);
  const isHeld = useHoldReason(place, false) !== null;
  const runs = useOrdinalList({ key: RUNS_KEY, path: '/api/v1/runs', query, toPage }, isHeld);
  const { list, problem, reload, loadOlder, noteFirstSeen } = runs;

  return (
    <>
      <RunFilterBar filter={filter} runs={list.items} onChange={onChange} />
      {problem !== null && (
        <ProblemAlert problem={problem} onRetry={reload}>
          {query !== '' && <ClearButton onClick={() => onChange(EVERY_RUN)} />}
        </ProblemAlert>
      )}
      {list.phase === 'loading' && problem === null && <ListSkeleton what="runs" />}
      {list.items.length > 0 && (
        <EndlessList
          list={place}
          items={list.items}
          label="Runs, newest first"
          rowPx={ROW_PX}
          toTime={({ createdAt }) => createdAt}
          toSpokenText={toSpokenRun}
          isBusy={list.older === 'loading'}
          onNearEnd={loadOlder}
          onFirstSeen={noteFirstSeen}
        >
          {(run, focus) => <RunRow run={run} search={query === '' ? '' : `?${query}`} {...focus} />}
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
          {query === '' ? (
            <>
              <p>No rule has set anything off yet.</p>
              <p>A rule in fettle.yaml whose `do` names an action makes a run for each event that it matches.</p>
            </>
          ) : (
            <>
              <p>No run matches this filter. New ones that do appear here by themselves.</p>
              <ClearButton onClick={() => onChange(EVERY_RUN)} />
            </>
          )}
        </ListEnd>
      )}
    </>
  );
}

function toPage(answer: unknown) {
  const { runs, next } = answer as { runs: readonly RunSummary[]; next: number | null };
  return { items: runs, next };
}

function ClearButton({ onClick }: { readonly onClick: () => void }) {
  return (
    <Button size="xs" variant="default" onClick={onClick}>
      Clear filter
    </Button>
  );
}
