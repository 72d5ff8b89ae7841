import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';

const hash = promisify<string, string, number, Buffer>(scrypt);

/**
 * What is kept of the secret that a hook was given, to know later whether it carries the present one. A slow hash, because secrets of the
 * configuration are chosen by people and the database may be read by others.
 */
export async function toSecretMark(forge: string, secret: string): Promise<Buffer> {
  return await hash(secret, `fettle webhook ${forge}`, 32);
}
