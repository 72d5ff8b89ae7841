import type { CSSProperties } from 'react';
import type { EventType } from '../../../src/core/event-types.ts';
import { Icon } from '../shared/Icon.tsx';
import { toNoun, toPhrase } from './event-types.ts';
import styles from './TypeChip.module.css';

type Noun = EventType extends infer Type ? (Type extends `${infer Head}.${string}` ? Head : Type) : never;

/** The hue of each noun, in degrees; nouns of one family share one. Null is grey. */
const HUES: Record<Noun, number | null> = {
  push: 255,
  branch: 255,
  tag: 255,
  issue: 150,
  pull: 300,
  comment: 220,
  review: 340,
  review_comment: 340,
  review_thread: 340,
  release: 55,
  package: 55,
  star: 95,
  watch: 95,
  fork: 95,
  repository: 190,
  wiki: 190,
  check_run: 275,
  check_suite: 275,
  status: 275,
  workflow_run: 275,
  workflow_job: 275,
  deployment: 275,
  ping: null,
  unknown: null,
  trigger: 45,
  task: 120,
};

/** The type of an event in the colour of its family; a trigger stands out. */
export function TypeChip({ type }: { readonly type: EventType }) {
  const hue = HUES[toNoun(type) as Noun] ?? null;
  const style = { '--hue': hue ?? 0, '--chroma': hue === null ? 0 : 1 } as CSSProperties;
  const isTrigger = type === 'trigger.raised';
  return (
    <span className={isTrigger ? styles.trigger : styles.chip} style={style} title={toPhrase(type)}>
      {isTrigger && <Icon name="bolt" size={12} />}
      {type}
    </span>
  );
}
