import { createReadStream } from 'node:fs';

/** Content of a file or pipe; undefined when it is longer than the limit. Rejects as the file system does. */
export async function readLimited(path: string, limitBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The system's code of an error (`ENOENT`), for messages that must not quote anything else. */
export function toSystemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
