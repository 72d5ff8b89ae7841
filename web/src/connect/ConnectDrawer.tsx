import { Drawer } from '@mantine/core';
import styles from './ForgeCards.module.css';
import { ForgeCards } from './ForgeCards.tsx';
import { TrySample } from './TrySample.tsx';

/** How to connect a forge, over the feed. */
export function ConnectDrawer({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      position="right"
      size="min(44rem, 100%)"
      title="Connect a forge"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className={styles.cards}>
        <ForgeCards />
        <TrySample />
      </div>
    </Drawer>
  );
}
