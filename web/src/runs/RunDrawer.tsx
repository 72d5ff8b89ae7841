import { Drawer } from '@mantine/core';
import { useRef } from 'react';
import { RunPanel } from './RunPanel.tsx';

export interface RunDrawerProps {
  /** Null while no run is open. */
  readonly id: string | null;
  readonly search: string;
  readonly onClose: () => void;
}

/** One run over the list, in a panel that slides in and goes away with Escape. */
export function RunDrawer({ id, search, onClose }: RunDrawerProps) {
  // While the panel slides out it still shows what it showed.
  const shown = useRef(id);
  if (id !== null) shown.current = id;
  return (
    <Drawer.Root opened={id !== null} onClose={onClose} position="right" size="min(48rem, 100%)">
      <Drawer.Overlay backgroundOpacity={0.35} />
      <Drawer.Content>
        {shown.current !== null && <RunPanel key={shown.current} id={shown.current} search={search} />}
      </Drawer.Content>
    </Drawer.Root>
  );
}
