import { Drawer } from '@mantine/core';
import { useRef } from 'react';
import { EventPanel } from './EventPanel.tsx';

export interface EventDrawerProps {
  /** Null while no event is open. */
  readonly id: string | null;
  readonly search: string;
  readonly onClose: () => void;
}

/** One event over the feed, in a panel that slides in and goes away with Escape. */
export function EventDrawer({ id, search, onClose }: EventDrawerProps) {
  // While the panel slides out it still shows what it showed.
  const shown = useRef(id);
  if (id !== null) shown.current = id;
  return (
    <Drawer.Root opened={id !== null} onClose={onClose} position="right" size="min(48rem, 100%)">
      <Drawer.Overlay backgroundOpacity={0.35} />
      <Drawer.Content>
        {shown.current !== null && <EventPanel key={shown.current} id={shown.current} search={search} />}
      </Drawer.Content>
    </Drawer.Root>
  );
}
