import styles from './FirstRun.module.css';
import { ForgeCards } from './ForgeCards.tsx';
import { TrySample } from './TrySample.tsx';

/** What stands in place of the feed before the first event: what to do to get one. */
export function FirstRun() {
  return (
    <section className={styles.first} aria-labelledby="first-run">
      <h2 id="first-run">Nothing has happened yet</h2>
      <p className={styles.lead}>
        Tell your forges where to send their webhooks. The first event appears here by itself, a moment after it
        happens.
      </p>
      <TrySample />
      <ForgeCards />
    </section>
  );
}
