import { open } from 'node:fs/promises';

/** Makes names that were made or changed in a directory durable. Windows has no way to, and does without. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
