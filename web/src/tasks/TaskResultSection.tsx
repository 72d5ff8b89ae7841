import type { TaskDetails } from '../api/task-shapes.ts';
import { FieldList, type Field } from '../detail/FieldList.tsx';
import { TextBlock } from '../detail/TextBlock.tsx';
import { Fold } from '../shared/Fold.tsx';
import { SafeLink } from '../shared/SafeLink.tsx';
import styles from './UnderstoodSection.module.css';

/** What the agent says that it did; nothing before it was handed in. */
export function TaskResultSection({ task }: { readonly task: TaskDetails }) {
  const result = task.result ?? task.submitted;
  if (result === null) return null;
  const { summary, pull, branch, commits = [], data } = result;
  const fields: Field[] = [
    ...(pull === undefined ? [] : [{ name: 'Pull request', value: <SafeLink url={pull}>{pull}</SafeLink> }]),
    ...(branch === undefined ? [] : [{ name: 'Branch', value: <code>{branch}</code> }]),
    ...(commits.length === 0 ? [] : [{ name: 'Commits', value: <code>{commits.join(', ')}</code> }]),
  ];
  return (
    <section aria-labelledby="result">
      <h3 id="result">{task.result === null ? 'Handed in' : 'Done'}</h3>
      <p className={styles.text}>{summary}</p>
      {fields.length > 0 && <FieldList fields={fields} />}
      {data !== undefined && (
        <Fold summary="What else it gave">
          <TextBlock text={JSON.stringify(data, null, 2)} what="what the agent gave" />
        </Fold>
      )}
    </section>
  );
}
