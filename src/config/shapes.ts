import { isIP } from 'node:net';
import { z } from 'zod';

/**
 * Shapes of single values in the configuration. Each carries a `title`: the words in which errors, the documentation and
 * editors say what is allowed.
 */

const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_UNITS: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

function toQuantity(text: string, units: Record<string, number>): number {
  return Number.parseInt(text, 10) * (units[text.replace(/^\d+/, '')] ?? Number.NaN);
}

/** `30s`, `10m`, `90d`: a whole number and a unit; becomes milliseconds. `least` and `most` are written the same way. */
export function duration(least: string, most: string) {
  const [leastMs, mostMs] = [toQuantity(least, DURATION_UNITS), toQuantity(most, DURATION_UNITS)];
  return z
    .string()
    .regex(/^\d{1,9}(ms|s|m|h|d)$/)
    .refine((text) => toQuantity(text, DURATION_UNITS) >= leastMs && toQuantity(text, DURATION_UNITS) <= mostMs)
    .meta({ title: `a duration such as 30s, 10m, 12h or 90d, from ${least} to ${most}` })
    .transform((text) => toQuantity(text, DURATION_UNITS));
}

/** `512kB`, `25MiB`, `2GB`: a whole number and a unit; becomes bytes. `least` and `most` are written the same way. */
export function size(least: string, most: string) {
  const [leastBytes, mostBytes] = [toQuantity(least, SIZE_UNITS), toQuantity(most, SIZE_UNITS)];
  return z
    .string()
    .regex(/^\d{1,9}(B|kB|MB|GB|KiB|MiB|GiB)$/)
    .refine((text) => toQuantity(text, SIZE_UNITS) >= leastBytes && toQuantity(text, SIZE_UNITS) <= mostBytes)
    .meta({ title: `a size such as 512kB, 25MiB or 2GB, from ${least} to ${most}` })
    .transform((text) => toQuantity(text, SIZE_UNITS));
}

/** One text or a list of them; becomes a list. */
export function textOrList<T extends z.ZodType<string, string>>(item: T) {
  return z.union([item.transform((text) => [text]), z.array(item)]);
}

/** Base address of a web server. Becomes the address without a slash at the end. */
export const HttpUrl = z
  .string()
  .refine(isPlainHttpUrl)
  .meta({
    title: 'an http or https address without user name, query or fragment',
    examples: ['https://git.example.org'],
  })
  .transform((text) => text.replace(/\/+$/, ''));

function isPlainHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return plain && !/[?#\s]/.test(text) && (url.protocol === 'http:' || url.protocol === 'https:');
}

/** A secret: a token, a password or a webhook secret. */
export const SecretText = z
  .string()
  .min(1)
  .meta({ title: 'text, or a reference such as ${env:NAME}, ${file:/path} or ${cmd:pass show x}' });

/** An IP address or a network in CIDR notation. */
export const Network = z
  .string()
  .refine(isNetwork)
  .meta({ title: 'an IP address or a network such as 10.0.0.0/8', examples: ['10.0.0.0/8'] });

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128);
}

/** The origin of a web page, or `*`. */
export const WebOrigin = z
  .string()
  .refine((text) => text === '*' || (isPlainHttpUrl(text) && new URL(text).origin === text))
  .meta({ title: 'an origin such as https://app.example.org, or *', examples: ['https://app.example.org'] });

/** A text that is not empty. */
export const Text = z.string().min(1);

/** Reads the text of an environment variable as a list. */
export const commaList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
