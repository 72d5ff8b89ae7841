import { cutText } from '../../core/clean-text.ts';

const MOST_TEXTS = 50;
const LONGEST_TEXT = 1000;

/** Collects what a reader of the rendered page does not see: the first texts, each cut, and how many there are. */
export class HiddenCollection {
  readonly #texts: string[] = [];
  #total = 0;

  add(text: string): void {
    const trimmed = text.slice(0, LONGEST_TEXT * 2).trim();
    if (trimmed === '') return;
    this.#total += 1;
    if (this.#texts.length < MOST_TEXTS) {
      const isCut = trimmed.length > LONGEST_TEXT || text.length > LONGEST_TEXT * 2;
      this.#texts.push(isCut ? `${cutText(trimmed, LONGEST_TEXT - 1)}…` : trimmed);
    }
  }

  list(): readonly string[] {
    const more = this.#total - this.#texts.length;
    return more === 0 ? [...this.#texts] : [...this.#texts, `… and ${more} more texts that the page does not show.`];
  }
}
