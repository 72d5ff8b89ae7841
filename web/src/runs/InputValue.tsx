import type { FieldSchema } from '../api/run-shapes.ts';
import styles from './InputSection.module.css';

export interface InputValueProps {
  readonly value: unknown;
  /** What the action says about the field, where it is known. */
  readonly schema: FieldSchema | undefined;
}

/** One value of an input. A reference to a secret is marked as what it is. */
export function InputValue({ value, schema }: InputValueProps) {
  if (schema?.secret === true && typeof value === 'string') {
    return (
      <span title="The reference is kept, and the secret read anew at each attempt.">
        <code>{value}</code> <span className={styles.mark}>secret, by reference</span>
      </span>
    );
  }
  if (typeof value === 'string') {
    return <span className={styles.text}>{value}</span>;
  }
  if (typeof value === 'object' && value !== null) {
    return <pre className={styles.json}>{JSON.stringify(value, null, 2)}</pre>;
  }
  return <code>{JSON.stringify(value)}</code>;
}
