import { stripVTControlCharacters, styleText } from 'node:util';
import type { Environment } from '../config/variables.ts';
import type { Cli, Terminal } from './cli.ts';

export interface Colours {
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

/** Colours for a terminal; plain text elsewhere and where `NO_COLOR` is set (https://no-color.org). */
export function createColours(stream: Terminal, environment: Environment): Colours {
  const isColoured = stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '';
  const paint = (format: 'red' | 'yellow' | 'green' | 'dim' | 'bold') => (text: string) =>
    isColoured ? styleText(format, text, { validateStream: false }) : text;
  return { red: paint('red'), yellow: paint('yellow'), green: paint('green'), dim: paint('dim'), bold: paint('bold') };
}

/** Writes one line. */
export function writeLine(cli: Cli, line = ''): void {
  cli.stdout.write(`${line}\n`);
}

/** Writes one JSON document. */
export function writeJson(cli: Cli, value: unknown): void {
  cli.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Rows in columns as wide as their longest cell, two spaces apart. */
export function toTable(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, toWidth(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - toWidth(cell)))
      .join('  ')
      .trimEnd(),
  );
}

/** Text from elsewhere without what a terminal would take for a command. */
export function toHarmlessText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the very characters that must not reach a terminal
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

function toWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}
