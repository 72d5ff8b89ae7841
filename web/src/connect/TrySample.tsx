import { useForges } from '../api/queries.ts';
import { CopyButton } from '../shared/CopyButton.tsx';
import styles from './ForgeCards.module.css';

/** A way to see an event without any forge. */
export function TrySample() {
  const { data } = useForges();
  const command = `./fettle send ${data?.[0]?.name ?? 'gitea'} push`;
  return (
    <section className={styles.try} aria-labelledby="try">
      <h3 id="try">Try it without a forge</h3>
      <p>This signs a sample as the forge would, and sends it to the hub:</p>
      <p className={styles.command}>
        <code>{command}</code>
        <CopyButton text={command} what="command" />
      </p>
    </section>
  );
}
