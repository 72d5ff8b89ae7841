import { Button } from '@mantine/core';
import { useEffect } from 'react';
import { useLedgerNodes } from '../api/ledger-queries.ts';
import type { LedgerNode } from '../api/ledger-shapes.ts';
import { toShownProblem } from '../api/request.ts';
import styles from '../list/ListPage.module.css';
import { Link } from '../navigation/Link.tsx';
import { navigate, usePlace } from '../navigation/location.ts';
import { Icon } from '../shared/Icon.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { toCountText } from '../shared/quantity.ts';
import { RelativeTime } from '../shared/RelativeTime.tsx';
import { LedgerRunList } from './LedgerRunList.tsx';
import head from './NodePage.module.css';

const FILTERS = [
  { status: '', label: 'all runs' },
  { status: 'failure', label: 'failures' },
] as const;

/** One node and its runs, the last recorded on top. */
export function NodePage({ id }: { readonly id: string }) {
  const { path, search } = usePlace();
  const status = new URLSearchParams(search).get('status') ?? '';
  const { data, error, refetch } = useLedgerNodes();
  const node = data?.find((one) => one.id === id);
  const title = node?.title ?? id;
  const show = (wanted: string) =>
    navigate(wanted === '' ? path : `${path}?${new URLSearchParams({ status: wanted })}`, { replace: true });
  useEffect(() => {
    document.title = `${title} · Ledger · Fettle`;
  }, [title]);

  return (
    <main className={styles.page}>
      <div className={head.head}>
        <Link href="/ledger" className={head.back}>
          <Icon name="back" size={14} /> Ledger
        </Link>
        <h1 className={head.title}>{title}</h1>
        {node !== undefined && <NodeFacts node={node} />}
      </div>
      {error !== null && data === undefined && (
        <ProblemAlert problem={toShownProblem(error)} onRetry={() => void refetch()} />
      )}
      <div className={head.filters} role="group" aria-label="Show">
        {FILTERS.map((filter) => (
          <Button
            key={filter.status}
            size="compact-sm"
            variant={status === filter.status ? 'light' : 'default'}
            aria-pressed={status === filter.status}
            onClick={() => show(filter.status)}
          >
            {filter.label}
          </Button>
        ))}
      </div>
      <LedgerRunList node={id} status={status} isKnown={data === undefined || node !== undefined} />
    </main>
  );
}

function NodeFacts({ node }: { readonly node: LedgerNode }) {
  const { id, title, repo, forge, runs, failures, firstRunAt } = node;
  return (
    <p className={head.facts}>
      {title !== id && <code>{id}</code>}
      {repo !== null && <span>{repo}</span>}
      {forge !== null && <span>{forge}</span>}
      <span>{toCountText(runs, 'run')}</span>
      {failures > 0 && <span className={head.bad}>{failures} failed</span>}
      <span>
        first <RelativeTime iso={firstRunAt} />
      </span>
    </p>
  );
}
