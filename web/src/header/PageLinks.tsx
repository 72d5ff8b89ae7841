import { useRunCounts } from '../api/run-queries.ts';
import { useTaskCounts } from '../api/task-queries.ts';
import { Link } from '../navigation/Link.tsx';
import { usePlace } from '../navigation/location.ts';
import { toCountText, toShortNumberText } from '../shared/quantity.ts';
import { NEEDY_STATES } from '../tasks/task-states.ts';
import styles from './PageLinks.module.css';

const PAGES = [
  { name: 'Events', href: '/', paths: /^\/($|index\.html$|events\/|connect$)/ },
  { name: 'Runs', href: '/runs', paths: /^\/runs($|\/)/ },
  { name: 'Tasks', href: '/tasks', paths: /^\/(tasks($|\/)|agents$)/ },
  { name: 'Ledger', href: '/ledger', paths: /^\/ledger($|\/)/ },
] as const;

/** The ways between the pages, and how many runs and tasks need somebody. */
export function PageLinks() {
  const { path } = usePlace();
  const runs = useRunCounts();
  const tasks = useTaskCounts();
  const dead = (runs.data?.counts ?? [])
    .filter(({ state }) => state === 'dead')
    .reduce((sum, { runs: some }) => sum + some, 0);
  const needy = (tasks.data?.counts ?? [])
    .filter(({ state }) => NEEDY_STATES.includes(state))
    .reduce((sum, { tasks: some }) => sum + some, 0);
  return (
    <nav className={styles.links} aria-label="Pages">
      {PAGES.map(({ name, href, paths }) => (
        <Link key={href} href={href} className={styles.link} aria-current={paths.test(path) ? 'page' : undefined}>
          {name}
          {name === 'Runs' && <Badge count={dead} title={`${toCountText(dead, 'run is', 'runs are')} dead`} />}
          {name === 'Tasks' && (
            <Badge count={needy} title={`${toCountText(needy, 'task needs', 'tasks need')} somebody`} />
          )}
        </Link>
      ))}
    </nav>
  );
}

function Badge({ count, title }: { readonly count: number; readonly title: string }) {
  if (count === 0) return null;
  return (
    <span className={styles.badge} title={title}>
      {toShortNumberText(count)}
    </span>
  );
}
