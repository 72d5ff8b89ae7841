/** Whether a value is a plain map, as YAML makes them. */
export function isMapValue(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy of a tree of maps, lists and scalars in which aliased parts no longer share. */
export function copyTree(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyTree);
  if (!isMapValue(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) define(copy, key, copyTree(inner));
  return copy;
}

/**
 * Sets the value at a path of a tree and makes the maps on the way. Does nothing where something else than a map is in the
 * way; the schema refuses that.
 */
export function setAt(root: Record<string, unknown>, path: readonly (string | number)[], value: unknown): void {
  let branch: unknown = root;
  for (const [i, step] of path.entries()) {
    if (Array.isArray(branch) && typeof step === 'number' && i === path.length - 1) branch[step] = value;
    if (!isMapValue(branch)) {
      if (!Array.isArray(branch)) return;
      branch = branch[Number(step)];
      continue;
    }
    if (i === path.length - 1) define(branch, String(step), value);
    else if (!Object.hasOwn(branch, step)) define(branch, String(step), {});
    branch = branch[step];
  }
}

/** Never through a setter, so that a key `__proto__` is a key like any other. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

/** Freezes a tree and all within it. */
export function freezeTree<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) freezeTree(inner);
    Object.freeze(value);
  }
  return value;
}

/** The value at a path of a plain tree. */
export function getAt(root: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    return (value as Record<string | number, unknown>)[step];
  }, root);
}
