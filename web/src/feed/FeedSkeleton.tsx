import { Skeleton, VisuallyHidden } from '@mantine/core';
import styles from './FeedSkeleton.module.css';

const WIDTHS = ['62%', '38%', '71%', '55%', '44%', '66%', '49%', '58%'];

/** The shape of the feed while it is read. */
export function FeedSkeleton() {
  return (
    <div className={styles.list} role="status">
      <VisuallyHidden>Reading the events …</VisuallyHidden>
      {WIDTHS.map((width) => (
        <div key={width} className={styles.row} aria-hidden="true">
          <Skeleton height={20} width="8rem" />
          <Skeleton height={14} width={width} />
        </div>
      ))}
    </div>
  );
}
