import { cleanText } from '../../core/clean-text.ts';

const MOST_LINES = 100;
const LONGEST_LINE_CHARS = 1_000;

/** The last lines that say something, fit to be shown: a program can write what it likes. */
export function toOutputLines(output: string): readonly string[] {
  return output
    .split(/\r\n|[\r\n]/)
    .map((line) => cleanText(line, LONGEST_LINE_CHARS))
    .filter((line) => line !== '')
    .slice(-MOST_LINES);
}
