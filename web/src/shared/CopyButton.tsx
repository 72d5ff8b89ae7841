import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { Icon } from './Icon.tsx';

/** Copies a text. `what` completes "Copy …" for those who cannot see what it stands beside. */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const clipboard = useClipboard({ timeout: 2_000 });
  const label = clipboard.error !== null ? 'Select and copy by hand' : clipboard.copied ? 'Copied' : 'Copy';
  return (
    <Button
      size="compact-xs"
      variant="default"
      leftSection={<Icon name={clipboard.copied ? 'check' : 'copy'} size={13} />}
      aria-label={`${label}: ${what}`}
      onClick={() => clipboard.copy(text)}
    >
      {label}
    </Button>
  );
}
