import type { Forge } from '../api/shapes.ts';
import { KIND_TITLES } from '../event/kinds.ts';
import { CopyButton } from '../shared/CopyButton.tsx';
import { RelativeTime } from '../shared/RelativeTime.tsx';
import styles from './ForgeCard.module.css';
import { ForgeSecret } from './ForgeSecret.tsx';
import { INSTRUCTIONS } from './instructions.ts';

/** What has to be entered in one forge, and where. */
export function ForgeCard({ forge }: { readonly forge: Forge }) {
  const { name, kind, webhookUrl, unsigned, lastEventAt } = forge;
  return (
    <section className={styles.card} aria-labelledby={`forge-${name}`}>
      <h3 id={`forge-${name}`} className={styles.name}>
        {name}
        <span className={styles.soft}>{KIND_TITLES[kind]}</span>
        <span className={styles.heard}>
          {lastEventAt === null ? (
            'nothing heard yet'
          ) : (
            <>
              last heard <RelativeTime iso={lastEventAt} />
            </>
          )}
        </span>
      </h3>
      <dl className={styles.facts}>
        <dt>Webhook URL</dt>
        <dd className={styles.value}>
          <code>{webhookUrl}</code>
          <CopyButton text={webhookUrl} what={`webhook URL of ${name}`} />
        </dd>
        <dt>Secret</dt>
        <dd>
          {unsigned ? (
            <span className={styles.warning}>Deliveries of this forge are accepted unsigned, from anybody.</span>
          ) : (
            <ForgeSecret name={name} />
          )}
        </dd>
      </dl>
      <details className={styles.how} open={lastEventAt === null}>
        <summary>Where to enter them</summary>
        <ol>
          {INSTRUCTIONS[kind].map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </details>
    </section>
  );
}
