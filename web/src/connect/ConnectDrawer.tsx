import { Drawer } from '@mantine/core';
import { ForgeCards } from './ForgeCards.tsx';

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
      <ForgeCards />
    </Drawer>
  );
}
