import { withoutDeceiving } from '../../core/clean-text.ts';
import { toForgeText } from '../forge/forge-text.ts';

/** Zero-width joiner: not shown. */
const JOINER = '\u200d';

/**
 * What an agent or a person said, as a comment of Fettle: its Markdown stays, but nothing in it is HTML, loads a picture, hides in the
 * source, gives commands, poses as a mark of Fettle, or calls anybody but `mention`.
 */
export function toSaidText(text: string, mention: string | undefined): string {
  const visible = withoutDeceiving(text)
    .replace(/<(?=[a-z/!?])/gi, `<${JOINER}`)
    .replaceAll('![', `!${JOINER}[`)
    // A link definition is not shown at all.
    .replaceAll(']:', `]${JOINER}:`);
  const named = mention !== undefined && LOGIN.test(mention) ? mention : undefined;
  const harmless = toForgeText(visible, { mentions: [], commands: false });
  return named === undefined ? harmless : `@${named} ${harmless}`;
}

/** What every forge takes for one account and nothing else. */
const LOGIN = /^[A-Za-z0-9](?:[\w.-]{0,98}[A-Za-z0-9_-])?$/;
