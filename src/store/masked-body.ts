import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';

const decompress = promisify(zstdDecompress);

/** What stands in views and exports where a body holds a secret. */
export const MASK = '********';

/**
 * The value of any field called `secret`. Gitea up to 1.13 and old Gogs put the webhook's secret into each body; as JSON text
 * within a string has its quotes escaped, only real fields match.
 */
const SECRET_FIELD = /("secret"\s*:\s*)"[^"\\]*(?:\\.[^"\\]*)*"/g;

/** The body of a delivery as text that may be shown: decompressed, secrets masked. Bytes that are not UTF-8 become U+FFFD. */
export async function readMaskedBody(compressed: Buffer): Promise<string> {
  return maskBody((await decompress(compressed)).toString('utf8'));
}

/** Masks secrets in a JSON body, or in the `payload` field of a form. */
export function maskBody(text: string): string {
  if (/^\s*[{[]/.test(text)) return maskJson(text);
  if (!/(^|&)payload=/.test(text)) return maskJson(text);
  const form = new URLSearchParams(text);
  const payload = form.get('payload') ?? '';
  const masked = maskJson(payload);
  if (masked === payload) return text;
  form.set('payload', masked);
  return form.toString();
}

function maskJson(text: string): string {
  return text.replace(SECRET_FIELD, `$1"${MASK}"`);
}
