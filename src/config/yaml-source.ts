import { isAlias, isMap, isScalar, isSeq, LineCounter, type Document, type Node, parseDocument, visit } from 'yaml';
import type { ErrorCode } from 'yaml';
import { ConfigError, type ConfigPath, type ConfigProblem } from './problem.ts';

/** A position in the file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A configuration file that was read: its value, and where each part of it stands. */
export interface YamlSource {
  readonly file: string;
  /** A map, or null for an empty file. */
  readonly value: Record<string, unknown> | null;
  /** Position of the value (or the key) at a path, or of the nearest part around it that is in the file. */
  locate(path: ConfigPath, what?: 'key' | 'value'): Position;
}

/** More than this many copies through aliases is taken for an attack on memory, where nothing else is said. */
const ALIAS_LIMIT = 100;

/**
 * What a syntax error means. The library's own words are not used, because they may quote the text of the file and with it
 * a secret.
 */
const SYNTAX_MESSAGES: Record<ErrorCode, string> = {
  ALIAS_PROPS: 'text that begins with * stands for an anchor; put it in quotes if it is meant as text',
  BAD_ALIAS: 'text that begins with * stands for an anchor; put it in quotes if it is meant as text',
  BAD_COLLECTION_TYPE: 'this tag does not fit; put text that begins with ! in quotes',
  BAD_DIRECTIVE: 'a line that begins with % is a directive; put the text in quotes',
  BAD_DQ_ESCAPE: 'unknown escape after a backslash; use single quotes for text with backslashes',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_PROP_ORDER: 'an anchor or tag is in the wrong place; put text that begins with & or ! in quotes',
  BAD_SCALAR_START: 'text cannot begin with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a key cannot begin here; check the indentation, and put text with ": " in quotes',
  BLOCK_IN_FLOW: 'an indented list or map cannot stand within braces or brackets',
  DUPLICATE_KEY: 'this key is written twice in the same map',
  IMPOSSIBLE: 'this cannot be read as YAML',
  KEY_OVER_1024_CHARS: 'this key is too long',
  MISSING_CHAR: 'something is missing here: a closing quote, brace or bracket, a comma, or a space after the colon',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line, with a colon and a space after it',
  MULTIPLE_ANCHORS: 'more than one anchor; put text that begins with & in quotes',
  MULTIPLE_DOCS: 'a second document begins here; the file must hold one',
  MULTIPLE_TAGS: 'more than one tag; put text that begins with ! in quotes',
  NON_STRING_KEY: 'keys must be text',
  RESOURCE_EXHAUSTION: 'the file is nested too deeply',
  TAB_AS_INDENT: 'a tab cannot indent YAML; use spaces',
  TAG_RESOLVE_FAILED: 'tags are not used here; put text that begins with ! in quotes',
  UNEXPECTED_TOKEN: 'this is not expected here; check quotes, commas and the indentation',
};

/**
 * Reads YAML text. Throws a ConfigError that holds all syntax errors with their positions. `aliasLimit`: how many copies aliases may make; 0
 * refuses aliases.
 */
export function readYaml(
  text: string,
  file: string,
  upgrade: (document: Document) => void,
  aliasLimit = ALIAS_LIMIT,
): YamlSource {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const fail = (offset: number, message: string): ConfigProblem => {
    return { file, ...at(offset), variable: null, path: '', message, allowed: null };
  };

  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines, stringKeys: true });
  const broken = [...document.errors, ...document.warnings];
  if (broken.some((error) => error.code === 'RESOURCE_EXHAUSTION')) {
    throw new ConfigError([fail(0, SYNTAX_MESSAGES.RESOURCE_EXHAUSTION)]);
  }
  if (broken.length > 0) {
    throw new ConfigError(broken.map((error) => fail(error.pos[0], SYNTAX_MESSAGES[error.code])));
  }
  const dangling: ConfigProblem[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) === undefined) {
        dangling.push(fail(alias.range?.[0] ?? 0, SYNTAX_MESSAGES.BAD_ALIAS));
      }
    },
  });
  if (dangling.length > 0) throw new ConfigError(dangling);
  if (document.contents !== null && !isMap(document.contents) && !isEmpty(document.contents)) {
    throw new ConfigError([fail(0, 'the file must hold a map: lines such as "forges:"')]);
  }

  upgrade(document);
  const value = toValue(document, aliasLimit, () => {
    const message = aliasLimit === 0 ? 'aliases (*name) are not read here' : 'aliases (*name) make the file too large';
    return fail(0, message);
  });
  return { file, value, locate: (path, what = 'value') => at(findOffset(document, path, what)) };
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null;
}

function toValue(
  document: Document,
  maxAliasCount: number,
  tooLarge: () => ConfigProblem,
): Record<string, unknown> | null {
  try {
    return document.toJS({ maxAliasCount }) as Record<string, unknown> | null;
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError) throw new ConfigError([tooLarge()]);
    throw error;
  }
}

/** Offset of the deepest part of the path that the document has. */
function findOffset(document: Document, path: ConfigPath, what: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const [depth, step] of path.entries()) {
    const isLast = depth === path.length - 1;
    const inner: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isMap(inner)) {
      const pair = inner.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) return offset;
      const keyOffset = toOffset(pair.key) ?? offset;
      offset = isLast && what === 'key' ? keyOffset : (toOffset(pair.value) ?? keyOffset);
      node = pair.value;
    } else if (isSeq(inner)) {
      node = inner.items[Number(step)];
      if (node === undefined) return offset;
      offset = toOffset(node) ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function toOffset(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}
