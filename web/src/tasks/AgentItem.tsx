import type { ReactNode } from 'react';
import type { Agent } from '../api/task-shapes.ts';
import { FieldList, type Field } from '../detail/FieldList.tsx';
import { Link } from '../navigation/Link.tsx';
import { toNumberText } from '../shared/quantity.ts';
import { RelativeTime } from '../shared/RelativeTime.tsx';
import styles from './AgentItem.module.css';

/** One agent: its profile, what it holds and spent, and when it was last heard from. */
export function AgentItem({ agent }: { readonly agent: Agent }) {
  const { name, about, source, held, concurrency, seenAt } = agent;
  const isFull = held >= concurrency;
  return (
    <li className={styles.agent}>
      <div className={styles.head}>
        <h2 className={styles.name}>{name}</h2>
        <span className={styles.mark} title="Where its profile is from">
          {source === 'config' ? 'configuration' : 'API'}
        </span>
        <Link href={`/tasks?${new URLSearchParams({ agent: name })}`} data-full={isFull} className={styles.held}>
          holds {held} of {concurrency}
        </Link>
        <span className={styles.soft}>
          {seenAt === null ? (
            'not heard from yet'
          ) : (
            <>
              heard from <RelativeTime iso={seenAt} />
            </>
          )}
        </span>
      </div>
      {about !== null && <p>{about}</p>}
      <FieldList fields={toFields(agent)} />
    </li>
  );
}

function toFields(agent: Agent): readonly Field[] {
  const { contextLimit, cost, capabilities, labels, repos, budgetPerDay, spentToday } = agent;
  const add = (name: string, value: ReactNode): Field => ({ name, value });
  return [
    add('Capable of', capabilities.join(', ')),
    add(
      'Context',
      contextLimit === null
        ? 'unlimited'
        : `${toNumberText(contextLimit)} tokens, for tasks of up to ${toNumberText(Math.floor(contextLimit / 2))}`,
    ),
    add('Cost', cost === 0 ? 'nothing' : `${cost} for a million tokens`),
    add('Spent today', `${spentToday.toFixed(2)}${budgetPerDay === null ? '' : ` of ${budgetPerDay}`}`),
    ...(labels.length === 0 ? [] : [add('Only labels', labels.join(', '))]),
    ...(repos.length === 0 ? [] : [add('Only of', repos.join(', '))]),
  ];
}
