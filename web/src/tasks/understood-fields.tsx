import type { ReactNode } from 'react';
import type { ReadValue, Reference, Understanding } from '../api/task-shapes.ts';
import type { Field } from '../detail/FieldList.tsx';
import { toNumberText } from '../shared/quantity.ts';
import styles from './UnderstoodSection.module.css';

const SOURCES: Record<ReadValue<unknown>['from'], string> = {
  section: 'from its section',
  formula: 'by the formula',
  text: 'from the text around',
  estimator: 'guessed by the estimator',
};

/** What was understood, named; what selection needs is shown even when it is missing. */
export function toUnderstoodFields(understood: Understanding): readonly Field[] {
  const { objective, estimate, difficulty, files, complexity, tests, documentation, agent, criteria } = understood;
  return [
    { name: 'Estimate', value: toValue(estimate, (tokens) => `${toNumberText(tokens)} tokens`) },
    { name: 'Difficulty', value: toValue(difficulty, String) },
    ...toKnown('Objective', objective, (text) => text),
    ...toKnown('Files', files, toNumberText),
    ...toKnown('Complexity', complexity, String),
    ...toKnown('Tests', tests, String),
    ...toKnown('Documentation', documentation, String),
    ...toKnown('Agent', agent, String),
    ...toReferences('Blocked by', understood.blockedBy),
    ...toReferences('Blocks', understood.blocks),
    ...(criteria.total === 0 ? [] : [{ name: 'Criteria', value: toCriteria(criteria) }]),
  ];
}

function toValue<T>(read: ReadValue<T> | undefined, toText: (value: T) => string): ReactNode {
  if (read === undefined) return <span className={styles.soft}>the text does not tell</span>;
  return (
    <span title={read.line}>
      {toText(read.value)}{' '}
      <span className={styles.soft}>
        ({SOURCES[read.from]}, {Math.round(read.confidence * 100)} % sure)
      </span>
    </span>
  );
}

function toKnown<T>(name: string, read: ReadValue<T> | undefined, toText: (value: T) => string): readonly Field[] {
  return read === undefined ? [] : [{ name, value: toValue(read, toText) }];
}

function toReferences(name: string, references: readonly ReadValue<Reference>[]): readonly Field[] {
  if (references.length === 0) return [];
  return [{ name, value: references.map(({ value }) => `${value.repo ?? ''}#${value.number}`).join(', ') }];
}

function toCriteria({ total, done, items }: Understanding['criteria']): ReactNode {
  return (
    <>
      {toNumberText(done)} of {toNumberText(total)} done
      <ul className={styles.criteria}>
        {items.map(({ text, isDone }, index) => (
          <li key={index} className={styles.criterion}>
            <span role="img" aria-label={isDone ? 'done' : 'to be done'}>
              {isDone ? '☑' : '☐'}
            </span>
            <span>{text}</span>
          </li>
        ))}
      </ul>
      {total > items.length && `and ${toNumberText(total - items.length)} more`}
    </>
  );
}
