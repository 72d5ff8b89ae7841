import { Button, TextInput } from '@mantine/core';
import { useEffect, useMemo, useRef } from 'react';
import { MAX_NODES, useLedgerNodes, useRecentRuns } from '../api/ledger-queries.ts';
import type { LedgerNode } from '../api/ledger-shapes.ts';
import { toShownProblem } from '../api/request.ts';
import { EndlessList } from '../list/EndlessList.tsx';
import end from '../list/ListEnd.module.css';
import styles from '../list/ListPage.module.css';
import { ListSkeleton } from '../list/ListSkeleton.tsx';
import { navigate, usePlace } from '../navigation/location.ts';
import { Icon } from '../shared/Icon.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { toCountText, toNumberText } from '../shared/quantity.ts';
import bar from './LedgerPage.module.css';
import { findNodes } from './find-nodes.ts';
import { NodeRow } from './NodeRow.tsx';

const ROW_PX = 60;

/** What ran, by node: the one that ran last on top. */
export function LedgerPage() {
  const { path, search } = usePlace();
  const wanted = new URLSearchParams(search).get('search') ?? '';
  const { data, error, refetch } = useLedgerNodes();
  const recent = useRecentRuns();
  const place = useRef<HTMLDivElement>(null);
  const nodes = useMemo(() => findNodes(data ?? [], wanted), [data, wanted]);
  const look = (text: string) =>
    navigate(text === '' ? path : `${path}?${new URLSearchParams({ search: text })}`, { replace: true });
  useEffect(() => {
    document.title = 'Ledger · Fettle';
  }, []);

  return (
    <main className={styles.page}>
      <div className={bar.bar}>
        <h1 className={bar.head}>Ledger</h1>
        {data !== undefined && <span className={bar.count}>{toNodesText(nodes, data)}</span>}
        <TextInput
          className={bar.search ?? ''}
          size="xs"
          type="search"
          aria-label="Search nodes"
          placeholder="Node, title or repository"
          leftSection={<Icon name="search" size={14} />}
          value={wanted}
          onChange={(event) => look(event.currentTarget.value)}
        />
      </div>
      {error !== null && <ProblemAlert problem={toShownProblem(error)} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <ListSkeleton what="ledger" />}
      {nodes.length > 0 && (
        <EndlessList
          list={place}
          items={nodes}
          label="Nodes, the one that ran last first"
          rowPx={ROW_PX}
          toSpokenText={toSpokenNode}
          isBusy={false}
        >
          {(node, focus) => <NodeRow node={node} recent={recent.data?.get(node.id) ?? []} {...focus} />}
        </EndlessList>
      )}
      {data?.length === 0 && (
        <div className={end.empty}>
          <p>Nothing is on record yet.</p>
          <p>
            A rule whose `do` names <code>ledger.record</code>, or the recipe <code>releases-monitor</code>, records
            what runs, by node.
          </p>
        </div>
      )}
      {data !== undefined && data.length > 0 && nodes.length === 0 && (
        <div className={end.empty}>
          <p>No node matches “{wanted}”.</p>
          <Button size="xs" variant="default" onClick={() => look('')}>
            Show all
          </Button>
        </div>
      )}
    </main>
  );
}

function toNodesText(nodes: readonly LedgerNode[], all: readonly LedgerNode[]): string {
  const count = toCountText(all.length, 'node');
  if (all.length >= MAX_NODES) return `the first ${toNumberText(all.length)} nodes`;
  return nodes.length === all.length ? count : `${toNumberText(nodes.length)} of ${count}`;
}

function toSpokenNode({ title, lastStatus, runs, failures }: LedgerNode): string {
  return `${title}: last ${lastStatus}, ${toCountText(runs, 'run')}, ${failures} failed`;
}
