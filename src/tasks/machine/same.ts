import { isDeepStrictEqual } from 'node:util';

/** Whether two values are the same once they are written as JSON: the order of fields and fields without a value do not count. */
export function isSameJson(one: unknown, other: unknown): boolean {
  return one === other || isDeepStrictEqual(toPlain(one), toPlain(other));
}

function toPlain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
