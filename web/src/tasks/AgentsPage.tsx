import { VisuallyHidden } from '@mantine/core';
import { useEffect } from 'react';
import { toShownProblem } from '../api/request.ts';
import { useAgents } from '../api/task-queries.ts';
import end from '../list/ListEnd.module.css';
import styles from '../list/ListPage.module.css';
import { ListSkeleton } from '../list/ListSkeleton.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { toCountText } from '../shared/quantity.ts';
import { AgentItem } from './AgentItem.tsx';
import agentStyles from './AgentItem.module.css';
import bar from './TasksPage.module.css';
import { TaskViews } from './TaskViews.tsx';

/** The agents that may claim tasks, what each is up to, and how much it has to do. */
export function AgentsPage() {
  const { data: agents, error, refetch } = useAgents();
  useEffect(() => {
    document.title = 'Agents · Fettle';
  }, []);

  return (
    <main className={styles.page}>
      <VisuallyHidden component="h1">Agents</VisuallyHidden>
      <div className={bar.bar}>
        <p>{agents === undefined || agents.length === 0 ? '' : toCountText(agents.length, 'agent')}</p>
        <TaskViews />
      </div>
      {error !== null && <ProblemAlert problem={toShownProblem(error)} onRetry={() => void refetch()} />}
      {agents === undefined && error === null && <ListSkeleton what="agents" />}
      {agents !== undefined && agents.length > 0 && (
        <ul className={agentStyles.agents} aria-label="Agents">
          {agents.map((agent) => (
            <AgentItem key={agent.name} agent={agent} />
          ))}
        </ul>
      )}
      {agents?.length === 0 && (
        <div className={end.empty}>
          <p>No agent has a profile.</p>
          <p>
            Until one has, any agent may claim any task. Profiles stand under <code>agents</code> in fettle.yaml, or are
            made over the API.
          </p>
        </div>
      )}
    </main>
  );
}
