import { Link } from '../navigation/Link.tsx';
import { usePlace } from '../navigation/location.ts';
import styles from './TasksPage.module.css';

/** The way between the tasks and the agents that do them. */
export function TaskViews() {
  const { path } = usePlace();
  const isAgents = path === '/agents';
  return (
    <nav className={styles.views} aria-label="Tasks and agents">
      <Link href="/tasks" className={styles.view} aria-current={isAgents ? undefined : 'page'}>
        Tasks
      </Link>
      <Link href="/agents" className={styles.view} aria-current={isAgents ? 'page' : undefined}>
        Agents
      </Link>
    </nav>
  );
}
