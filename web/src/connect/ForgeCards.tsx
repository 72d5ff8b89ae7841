import { Alert, Skeleton } from '@mantine/core';
import { useForges } from '../api/queries.ts';
import { toShownProblem } from '../api/request.ts';
import type { Forge } from '../api/shapes.ts';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { ForgeCard } from './ForgeCard.tsx';
import styles from './ForgeCards.module.css';

/** All configured forges with what has to be entered there. */
export function ForgeCards() {
  const { data, error, refetch } = useForges();
  if (error !== null && data === undefined)
    return <ProblemAlert problem={toShownProblem(error)} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height="12rem" radius="md" />;
  return (
    <div className={styles.cards}>
      {data.some(isOnlyHere) && (
        <Alert color="yellow" variant="light" title="These addresses work on this machine only">
          A forge elsewhere cannot reach them. Set publicUrl in fettle.yaml, or FETTLE_PUBLIC_URL, to the address under
          which the hub is known to others.
        </Alert>
      )}
      {data.map((forge) => (
        <ForgeCard key={forge.name} forge={forge} />
      ))}
    </div>
  );
}

function isOnlyHere({ webhookUrl }: Forge): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(webhookUrl).hostname);
}
