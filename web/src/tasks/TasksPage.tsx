import { VisuallyHidden } from '@mantine/core';
import { useEffect, useMemo } from 'react';
import styles from '../list/ListPage.module.css';
import { navigate, usePlace } from '../navigation/location.ts';
import { type TaskFilter, toTaskFilter, toTaskQuery } from './task-filter.ts';
import { TaskList } from './TaskList.tsx';
import bar from './TasksPage.module.css';
import { TaskStateFilter } from './TaskStateFilter.tsx';
import { TaskViews } from './TaskViews.tsx';

/** The work that agents are given: every task, newest on top. */
export function TasksPage() {
  const { path, search } = usePlace();
  const filter = useMemo(() => toTaskFilter(search), [search]);
  const change = (changed: TaskFilter) => {
    const wanted = toTaskQuery(changed);
    navigate(wanted === '' ? path : `${path}?${wanted}`, { replace: true });
  };
  useEffect(() => {
    document.title = 'Tasks · Fettle';
  }, []);

  return (
    <main className={styles.page}>
      <VisuallyHidden component="h1">Tasks</VisuallyHidden>
      <div className={bar.bar}>
        <TaskStateFilter filter={filter} onChange={(states) => change({ ...filter, states })} />
        <TaskViews />
      </div>
      <TaskList filter={filter} onChange={change} />
    </main>
  );
}
