import { useBooks } from '../api/queries.ts';
import type { BookEntry } from '../api/shapes.ts';
import { toShownProblem } from '../api/request.ts';
import { Icon } from '../shared/Icon.tsx';
import { toNumberText, toShortNumberText } from '../shared/quantity.ts';
import styles from './BooksSummary.module.css';
import { Glance } from './Glance.tsx';

const CLASSES = [
  { name: 'effected', about: 'raised a trigger or caused an action' },
  { name: 'filtered', about: 'matched no rule' },
  { name: 'duplicate', about: 'was known already' },
  { name: 'dead', about: 'has a run that is dead' },
  { name: 'pending', about: 'is not finished yet' },
] as const satisfies readonly { readonly name: keyof BookEntry; readonly about: string }[];

/** What became of every delivery that was ever accepted, and whether the sum holds. */
export function BooksSummary() {
  const { data, error } = useBooks();
  if (data === undefined) {
    const text = error === null ? 'The books are being read' : toShownProblem(error).detail;
    return (
      <Glance label="Books: not known yet" tone="plain" face={<span className={styles.face}>– received</span>}>
        <p>{text}</p>
      </Glance>
    );
  }
  const { total, exact } = data;
  const word = total.balanced ? 'the books balance' : 'the books do not balance';
  return (
    <Glance
      label={`${toNumberText(total.received)} deliveries received; ${word}`}
      tone={total.balanced ? 'good' : 'bad'}
      face={
        <>
          <Icon name={total.balanced ? 'check' : 'warning'} size={15} />
          <span className={styles.face}>
            {toShortNumberText(total.received)} <span className={styles.word}>received</span>
          </span>
        </>
      }
    >
      <strong>{total.balanced ? 'The books balance' : 'The books do not balance: deliveries are missing'}</strong>
      <table className={styles.table}>
        <tbody>
          {CLASSES.map(({ name, about }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className={styles.number}>{toNumberText(total[name])}</td>
              <td className={styles.about}>{about}</td>
            </tr>
          ))}
          <tr className={styles.sum}>
            <th scope="row">received</th>
            <td className={styles.number}>{toNumberText(total.received)}</td>
            <td className={styles.about}>{total.balanced ? 'the sum of the above' : 'not the sum of the above'}</td>
          </tr>
        </tbody>
      </table>
      {!exact && <p className={styles.about}>Some deliveries are still on their way, so the numbers move.</p>}
    </Glance>
  );
}
