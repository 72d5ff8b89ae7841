import { Drawer } from '@mantine/core';
import { useRef } from 'react';
import { TaskPanel } from './TaskPanel.tsx';

export interface TaskDrawerProps {
  /** Null while no task is open. */
  readonly id: string | null;
  readonly onClose: () => void;
}

/** One task over the list, in a panel that slides in and goes away with Escape. */
export function TaskDrawer({ id, onClose }: TaskDrawerProps) {
  // While the panel slides out it still shows what it showed.
  const shown = useRef(id);
  if (id !== null) shown.current = id;
  return (
    <Drawer.Root opened={id !== null} onClose={onClose} position="right" size="min(48rem, 100%)">
      <Drawer.Overlay backgroundOpacity={0.35} />
      <Drawer.Content>{shown.current !== null && <TaskPanel key={shown.current} id={shown.current} />}</Drawer.Content>
    </Drawer.Root>
  );
}
