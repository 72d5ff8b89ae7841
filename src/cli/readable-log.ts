import { inspect } from 'node:util';
import type { DestinationStream } from 'pino';
import type { Environment } from '../config/variables.ts';
import type { Terminal } from './cli.ts';
import { createColours, toHarmlessText } from './terminal.ts';

/** A log destination for people: `09:26:53 info  delivery.received  forge=home type=push`, one line per line of the log. */
export function createReadableLog(terminal: Terminal, environment: Environment): DestinationStream {
  const colours = createColours(terminal, environment);
  const paint = (level: string) => {
    const text = level.padEnd(5);
    if (level === 'error' || level === 'fatal') return colours.red(text);
    return level === 'warn' ? colours.yellow(text) : colours.green(text);
  };
  return {
    write(line) {
      const { time, level, msg, err, ...facts } = JSON.parse(line) as Record<string, unknown>;
      const start = [
        colours.dim(toClockTime(time)),
        paint(String(level)),
        toHarmlessText(typeof msg === 'string' ? msg : ''),
      ].join(' ');
      const pairs = Object.entries(facts).map(
        ([name, value]) => colours.dim(`${name}=`) + toHarmlessText(toText(value)),
      );
      terminal.write(`${[start, ...pairs, ...toReason(err)].join(' ')}\n`);
    },
  };
}

function toClockTime(time: unknown): string {
  const at = new Date(String(time));
  return Number.isNaN(at.getTime()) ? '' : at.toTimeString().slice(0, 8);
}

function toText(value: unknown): string {
  if (typeof value !== 'string') return inspect(value, { breakLength: Infinity, depth: 4 });
  return /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
}

/** Of an error only what it says; the trace is in the JSON log. */
function toReason(error: unknown): string[] {
  if (typeof error !== 'object' || error === null || !('message' in error)) return [];
  return [`(${toHarmlessText(String(error.message))})`];
}
