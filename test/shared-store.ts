import { after, before } from 'node:test';
import type { Store } from '../src/store/store.ts';
import type { DatabaseContext } from './databases.ts';

/** One store for all tests of a `describe`, opened before and closed after them; ask for it within a test. */
export function shareStore(context: DatabaseContext): () => Store {
  let store: Store | undefined;
  let close = (): void => undefined;
  let closed: Promise<void> = Promise.resolve();

  before(async () => {
    await new Promise<void>((opened, failed) => {
      closed = context.withStore(
        (open) =>
          new Promise<void>((resolve) => {
            store = open;
            close = resolve;
            opened();
          }),
      );
      closed.catch(failed);
    });
  });
  after(async () => {
    close();
    await closed;
  });
  return () => {
    if (store === undefined) throw new Error('The store is open only while the tests of its describe run');
    return store;
  };
}
