import type { HubEvent } from '../api/shapes.ts';
import { SafeLink } from '../shared/SafeLink.tsx';
import styles from './EventTab.module.css';

/** The commits of a push, newest first. */
export function CommitList({ event }: { readonly event: HubEvent }) {
  const commits = event.commits ?? [];
  const missing = (event.commitCount ?? commits.length) - commits.length;
  return (
    <ol className={styles.commits} reversed>
      {commits.toReversed().map(({ id, url, message, author }) => (
        <li key={id}>
          <code>{url === undefined ? id.slice(0, 8) : <SafeLink url={url}>{id.slice(0, 8)}</SafeLink>}</code>{' '}
          {message.split('\n', 1)[0]}
          {author?.name !== undefined && <span className={styles.soft}> · {author.name}</span>}
        </li>
      ))}
      {missing > 0 && <li className={styles.soft}>and {missing} more, which the forge did not send</li>}
    </ol>
  );
}
