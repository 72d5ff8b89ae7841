import { useActions } from '../api/run-queries.ts';
import type { RunDetails } from '../api/run-shapes.ts';
import { FieldList } from '../detail/FieldList.tsx';
import styles from './InputSection.module.css';
import { InputValue } from './InputValue.tsx';

/** What the action was given, as it was rendered when the rule matched. */
export function InputSection({ run }: { readonly run: RunDetails }) {
  const actions = useActions();
  const schema = actions.data?.find(({ name }) => name === run.action)?.input;
  const { input } = run;
  const entries = typeof input === 'object' && input !== null ? Object.entries(input) : [];
  return (
    <section aria-labelledby="input">
      <h3 id="input">Input</h3>
      {input === null && <p className={styles.soft}>It could not be rendered; the reason above says why.</p>}
      {input !== null && entries.length === 0 && <p className={styles.soft}>None was given.</p>}
      <FieldList
        fields={entries.map(([name, value]) => ({
          name,
          value: <InputValue value={value} schema={schema?.properties?.[name]} />,
        }))}
      />
    </section>
  );
}
