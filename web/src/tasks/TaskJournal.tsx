import type { TaskEntry } from '../api/task-shapes.ts';
import styles from '../runs/AttemptList.module.css';
import { RelativeTime } from '../shared/RelativeTime.tsx';
import { toEntryTexts } from './entry-texts.ts';
import own from './TaskJournal.module.css';

/** What happened to the task, the last first. */
export function TaskJournal({ journal }: { readonly journal: readonly TaskEntry[] }) {
  if (journal.length === 0) return null;
  const dropped = (journal[0]?.number ?? 1) - 1;
  return (
    <section aria-labelledby="journal">
      <h3 id="journal">Journal</h3>
      <ol className={styles.attempts} reversed>
        {journal.toReversed().map(({ number, at, kind, by, data }) => (
          <li key={number} value={number}>
            <div className={styles.line}>
              <strong>{kind.replaceAll('_', ' ')}</strong>
              {by !== null && <span>by {by}</span>}
              <RelativeTime iso={at} className={styles.soft} />
            </div>
            {toEntryTexts(data).map(({ name, text }) => (
              <p key={name} className={own.text}>
                <span className={styles.soft}>{name}</span> {text}
              </p>
            ))}
          </li>
        ))}
      </ol>
      {dropped > 0 && <p className={styles.soft}>What happened before is not shown here.</p>}
    </section>
  );
}
