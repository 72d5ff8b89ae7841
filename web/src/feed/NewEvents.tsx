import { Button } from '@mantine/core';
import { Icon } from '../shared/Icon.tsx';
import { toCountText } from '../shared/quantity.ts';
import styles from './NewEvents.module.css';

export interface NewEventsProps {
  readonly count: number;
  readonly hasOverflowed: boolean;
  readonly onShow: () => void;
}

/** How many events wait, and the button that shows them. */
export function NewEvents({ count, hasOverflowed, onShow }: NewEventsProps) {
  const text = hasOverflowed ? `More than ${toCountText(count, 'new event')}` : toCountText(count, 'new event');
  return (
    <div className={styles.place} aria-live="polite">
      {count > 0 && (
        <Button size="xs" radius="xl" leftSection={<Icon name="up" size={14} />} onClick={onShow}>
          {text}
        </Button>
      )}
    </div>
  );
}
