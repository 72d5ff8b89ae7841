import { Alert, Skeleton } from '@mantine/core';
import { useForges } from '../api/queries.ts';
import { toShownProblem } from '../api/request.ts';
import type { Forge } from '../api/shapes.ts';
import { CopyButton } from '../shared/CopyButton.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { ForgeCard } from './ForgeCard.tsx';
import styles from './ForgeCards.module.css';

/** All configured forges with what has to be entered there, and a way to try without any. */
export function ForgeCards() {
  const { data, error, refetch } = useForges();
  if (error !== null && data === undefined)
    return <ProblemAlert problem={toShownProblem(error)} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height="12rem" radius="md" />;
  const command = `./fettle send ${data[0]?.name ?? 'gitea'} push`;
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
      <section className={styles.try} aria-labelledby="try">
        <h3 id="try">Try it without a forge</h3>
        <p>This signs a sample as the forge would, and sends it to the hub:</p>
        <p className={styles.command}>
          <code>{command}</code>
          <CopyButton text={command} what="command" />
        </p>
      </section>
    </div>
  );
}

function isOnlyHere({ webhookUrl }: Forge): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(webhookUrl).hostname);
}
