import type { HubEvent } from '../api/shapes.ts';
import { toMarks } from './marks.ts';
import styles from './EventMarks.module.css';

/** The remarks on an event, small, each explained on hover. */
export function EventMarks({ event }: { readonly event: HubEvent }) {
  return toMarks(event).map(({ name, about }) => (
    <span key={name} className={styles.mark} title={about}>
      {name}
    </span>
  ));
}
