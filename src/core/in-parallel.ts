/** Does some work for each entry, a few at a time, and gives the results in the order of the entries. */
export async function mapInParallel<T, R>(
  entries: readonly T[],
  atOnce: number,
  work: (entry: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = entries.entries();
  const worker = async () => {
    for (const [index, entry] of left) results[index] = await work(entry);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, entries.length) }, worker));
  return results;
}
