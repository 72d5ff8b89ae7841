import { Skeleton, VisuallyHidden } from '@mantine/core';
import styles from './ListSkeleton.module.css';

const WIDTHS = ['62%', '38%', '71%', '55%', '44%', '66%', '49%', '58%'];

/** The shape of a list while it is read; `what` completes "Reading the …". */
export function ListSkeleton({ what }: { readonly what: string }) {
  return (
    <div className={styles.list} role="status">
      <VisuallyHidden>Reading the {what} …</VisuallyHidden>
      {WIDTHS.map((width) => (
        <div key={width} className={styles.row} aria-hidden="true">
          <Skeleton height={20} width="8rem" />
          <Skeleton height={14} width={width} />
        </div>
      ))}
    </div>
  );
}
