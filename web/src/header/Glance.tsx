import { Popover, UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import styles from './Glance.module.css';

export interface GlanceProps {
  /** What the button is about, for those who cannot see its colour. */
  readonly label: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
  readonly face: ReactNode;
  readonly children: ReactNode;
}

/** A small fact in the header that explains itself when pressed. */
export function Glance({ label, tone, face, children }: GlanceProps) {
  return (
    <Popover position="bottom-start" shadow="md" width="min(24rem, 92vw)" trapFocus={false}>
      <Popover.Target>
        <UnstyledButton className={styles.face ?? ''} data-tone={tone} aria-label={label}>
          {face}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={styles.more ?? ''}>{children}</Popover.Dropdown>
    </Popover>
  );
}
