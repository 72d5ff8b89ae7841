import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon.tsx';
import styles from './Notice.module.css';

export interface NoticeProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children: ReactNode;
}

/** Something that somebody should know, above what they came for. */
export function Notice({ icon, title, children }: NoticeProps) {
  return (
    <div className={styles.notice} role="status">
      <h2 className={styles.title}>
        <Icon name={icon} /> {title}
      </h2>
      {children}
    </div>
  );
}
