import type { Understanding } from '../api/task-shapes.ts';
import { FieldList } from '../detail/FieldList.tsx';
import { toUnderstoodFields } from './understood-fields.tsx';
import styles from './UnderstoodSection.module.css';

/** What was read in the text of the issue, how sure each value is, and what does not fit. */
export function UnderstoodSection({ understood }: { readonly understood: Understanding | null }) {
  return (
    <section aria-labelledby="understood">
      <h3 id="understood">Understood</h3>
      {understood === null ? (
        <p className={styles.soft}>The text was not read yet.</p>
      ) : (
        <>
          <FieldList fields={toUnderstoodFields(understood)} />
          {understood.problems.length > 0 && (
            <>
              <p className={styles.soft}>What does not fit; edit the issue to correct it, and it is read again:</p>
              <ul className={styles.problems}>
                {understood.problems.map((problem) => (
                  <li key={problem}>{problem}</li>
                ))}
              </ul>
            </>
          )}
        </>
      )}
    </section>
  );
}
