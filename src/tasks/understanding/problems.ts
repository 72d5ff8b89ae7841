import { cleanText } from '../../core/clean-text.ts';

const MOST_PROBLEMS = 30;
const LONGEST_PROBLEM = 300;
const LONGEST_QUOTE = 80;

/** Collects what does not fit together in a text: the first problems, each once and cut, and how many more there are. */
export class Problems {
  readonly #problems = new Set<string>();
  #more = 0;

  add(problem: string): void {
    const clean = cleanText(problem, LONGEST_PROBLEM);
    if (this.#problems.has(clean)) return;
    if (this.#problems.size < MOST_PROBLEMS) this.#problems.add(clean);
    else this.#more += 1;
  }

  list(): readonly string[] {
    return this.#more === 0 ? [...this.#problems] : [...this.#problems, `… and ${this.#more} more like these.`];
  }
}

/** A piece of an issue in a sentence about it. */
export function toQuote(text: string): string {
  return `“${cleanText(text, LONGEST_QUOTE)}”`;
}

/** `46,800`. */
export function toFigure(value: number): string {
  return value.toLocaleString('en-US');
}
