import type { FieldSchema } from '../api/run-shapes.ts';
import styles from './InputSection.module.css';

export interface InputValueProps {
  readonly value: unknown;
  /** What the action says about the field, where it is known. */
  readonly schema: FieldSchema | undefined;
}

/** One value of an input. References to secrets are marked as what they are. */
export function InputValue({ value, schema }: InputValueProps) {
  const texts = [value].flat();
  if (isSecret(schema) && texts.every((text) => typeof text === 'string')) {
    return (
      <span title="The reference is kept, and the secret read anew at each attempt.">
        {texts.map((text) => (
          <code key={text} className={styles.reference}>
            {text}
          </code>
        ))}{' '}
        <span className={styles.mark}>secret, by reference</span>
      </span>
    );
  }
  if (typeof value === 'string') return <span className={styles.text}>{value}</span>;
  if (typeof value === 'object' && value !== null) {
    return <pre className={styles.json}>{JSON.stringify(value, null, 2)}</pre>;
  }
  return <code>{JSON.stringify(value)}</code>;
}

/** Whether a field holds a secret, or several. */
function isSecret(schema: FieldSchema | undefined): boolean {
  if (schema === undefined) return false;
  return schema.secret === true || isSecret(schema.items) || schema.anyOf?.some(isSecret) === true;
}
