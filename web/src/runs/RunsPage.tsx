import { VisuallyHidden } from '@mantine/core';
import { useEffect, useMemo } from 'react';
import { useIsOperator } from '../api/run-queries.ts';
import styles from '../list/ListPage.module.css';
import { navigate, usePlace } from '../navigation/location.ts';
import { PauseNotice } from '../rules/PauseNotice.tsx';
import { BreakerNotice } from './BreakerNotice.tsx';
import { BulkRedrive } from './BulkRedrive.tsx';
import { type RunFilter, toRunFilter, toRunQuery, toRunSelection } from './run-filter.ts';
import { RunList } from './RunList.tsx';
import bar from './RunsPage.module.css';
import { StateFilter } from './StateFilter.tsx';

/** What rules set off: every run, newest on top, and what somebody can do about those that need it. */
export function RunsPage() {
  const { path, search } = usePlace();
  const filter = useMemo(() => toRunFilter(search), [search]);
  const selection = toRunSelection(filter);
  const isOperator = useIsOperator();
  const hasDead = filter.states.length === 0 || filter.states.includes('dead');
  const change = (changed: RunFilter) => {
    const wanted = toRunQuery(changed);
    navigate(wanted === '' ? path : `${path}?${wanted}`, { replace: true });
  };
  useEffect(() => {
    document.title = 'Runs · Fettle';
  }, []);

  return (
    <main className={styles.page}>
      <VisuallyHidden component="h1">Runs</VisuallyHidden>
      <BreakerNotice />
      <PauseNotice />
      <div className={bar.bar}>
        <StateFilter filter={filter} onChange={(states) => change({ ...filter, states })} />
        {isOperator && hasDead && <BulkRedrive key={JSON.stringify(selection)} selection={selection} />}
      </div>
      <RunList filter={filter} onChange={change} />
    </main>
  );
}
