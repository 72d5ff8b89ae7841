import { Alert } from '@mantine/core';
import type { Gap } from '../api/shapes.ts';
import { Icon } from '../shared/Icon.tsx';
import { toNumberText } from '../shared/quantity.ts';

/** Says that some events cannot be shown any more. */
export function GapNotice({ gap, onClose }: { readonly gap: Gap; readonly onClose: () => void }) {
  const { requested, oldest } = gap;
  return (
    <Alert
      color="yellow"
      variant="light"
      mb="sm"
      icon={<Icon name="warning" />}
      title="Some events are older than what is kept"
      withCloseButton
      closeButtonLabel="Close this notice"
      onClose={onClose}
      role="status"
    >
      This page was away for so long that the hub no longer has the events from number {toNumberText(requested + 1)} to{' '}
      {toNumberText(oldest - 1)}. Everything after them is here.
    </Alert>
  );
}
