import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdCompressSync } from 'node:zlib';

/** A body as the database keeps it. */
export interface PackedBody {
  /** zstd, base64. */
  readonly body: string;
  /** Of the body as received, hex. */
  readonly bodySha256: string;
}

/**
 * Bodies up to this size are compressed on the spot. Handing one to another thread costs ten times the processor time of
 * compressing it, and a megabyte for each that waits there.
 */
const COMPRESSED_AT_ONCE_BYTES = 64 * 1024;

const compress = promisify(zstdCompress);

export async function packBody(body: Buffer): Promise<PackedBody> {
  const compressed = body.length <= COMPRESSED_AT_ONCE_BYTES ? zstdCompressSync(body) : await compress(body);
  return { body: compressed.toString('base64'), bodySha256: createHash('sha256').update(body).digest('hex') };
}
