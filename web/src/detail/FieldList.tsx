import type { ReactNode } from 'react';
import styles from './FieldList.module.css';

export interface Field {
  readonly name: string;
  readonly value: ReactNode;
}

/** Names and values, one below the other. */
export function FieldList({ fields }: { readonly fields: readonly Field[] }) {
  return (
    <dl className={styles.fields}>
      {fields.map(({ name, value }) => (
        <div key={name} className={styles.field}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
