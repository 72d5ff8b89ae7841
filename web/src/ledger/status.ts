import type { Tone } from '../runs/run-states.ts';

const TONES: Readonly<Record<string, Tone>> = {
  success: 'good',
  failure: 'bad',
  running: 'busy',
  cancelled: 'quiet',
  skipped: 'quiet',
};

/** How a status is coloured; a word of a rule's own is grey. */
export function toTone(status: string): Tone {
  return TONES[status] ?? 'quiet';
}
