import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { EventDraft } from '../core/event.ts';
import type { ForgeKind } from '../core/vocabulary.ts';
import type { SubjectSnapshot } from './contract.ts';
import type { JsonObject } from './read.ts';

/**
 * The project's own deliveries, in each forge's real shape with invented people. `fettle send` and the demo send them, and
 * the contract suite checks each against its expected file:
 *
 *   src/forges/<kind>/samples/<event>.<case>.json            {"event", "eventType"?, "payload"}
 *   src/forges/<kind>/samples/<event>.<case>.expected.json   {"identity": {"event", "action"?}, "drafts", "snapshot"?}
 *
 * `event` is the value of the forge's event header, or the body's type where there is none; colons are dots in file names.
 * A new case is two files.
 */
export interface Sample {
  readonly kind: ForgeKind;
  /** File name without `.json`: `issues.labeled`. */
  readonly name: string;
  readonly event: string;
  /** Value of the finer event header of the Gitea family. */
  readonly eventType?: string;
  readonly payload: JsonObject;
}

/** What a sample means, without what depends on the moment of sending. */
export interface Expectation {
  readonly identity: { readonly event: string; readonly action?: string };
  readonly drafts: readonly EventDraft[];
  readonly snapshot?: SubjectSnapshot;
}

/** All samples of a kind, sorted by name. */
export function listSamples(kind: ForgeKind): Sample[] {
  const folder = folderOf(kind);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && !file.endsWith('.expected.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .toSorted()
    .map((name) => readSample(kind, name));
}

/** The sample of that name (`issues.labeled`), else the first case of that event (`push`, `repo:push`). */
export function findSample(kind: ForgeKind, name: string): Sample | undefined {
  const samples = listSamples(kind);
  const wanted = name.replaceAll(':', '.');
  return (
    samples.find((sample) => sample.name === wanted) ??
    samples.find((sample) => sample.name.startsWith(`${wanted}.`)) ??
    samples.find((sample) => sample.event === name || sample.eventType === name)
  );
}

/** Where the expected file of a sample is. */
export function toExpectationPath(sample: Sample): string {
  return path.join(folderOf(sample.kind), `${sample.name}.expected.json`);
}

/**
 * What a sample is to mean.
 * @throws Error when the expected file is missing or not JSON.
 */
export function readExpectation(sample: Sample): Expectation {
  return JSON.parse(readFileSync(toExpectationPath(sample), 'utf8')) as Expectation;
}

/** The body of a sample exactly as written. */
export function toSampleBody(sample: Sample): Buffer {
  return Buffer.from(JSON.stringify(sample.payload, undefined, 2));
}

/**
 * The body of a sample as if it happened now: all its times move by the same amount, so that the newest is `nowMs`, and each
 * object id becomes another one, the same one wherever it stands. So a sent sample is never stale, and is not folded into the
 * one sent before it unless the forge's payload tells neither time nor object id (the deletion of a branch, a fork).
 */
export function toFreshSample(sample: Sample, nowMs: number): Buffer {
  const times: number[] = [];
  mapLeaves(sample.payload, (value, key) => {
    const atMs = toMoment(value, key);
    if (atMs !== undefined && !isForeseen(key)) times.push(atMs);
    return value;
  });
  const shiftMs = times.length === 0 ? 0 : nowMs - Math.max(...times);
  const fresh = mapLeaves(sample.payload, (value, key) => toShifted(value, key, shiftMs));
  const text = JSON.stringify(fresh, undefined, 2).replaceAll(/(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])/g, (id) =>
    /^0+$/.test(id) ? id : createHash('sha1').update(`${id}/${nowMs}`).digest('hex'),
  );
  return Buffer.from(text);
}

const ISO_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|UTC|[+-]\d\d:?\d\d))?$/;
const TIME_KEY = /(_at|At|[dD]ate|[tT]imestamp|[tT]ime)$/;
/** Below this, a number counts seconds since the epoch; above, milliseconds. */
const FIRST_MILLISECONDS = 1e11;
/** Numbers and times before September 2001 are not moments: `0001-01-01`, sizes, counters. */
const FIRST_MOMENT_MS = 1e12;

/** Moments that may lie ahead of the event: they move along but do not decide what "newest" is. */
function isForeseen(key: string): boolean {
  return /due|expir/i.test(key);
}

function toMoment(value: unknown, key: string): number | undefined {
  let atMs = Number.NaN;
  if (typeof value === 'string' && ISO_TIME.test(value)) atMs = Date.parse(value);
  if (typeof value === 'number' && TIME_KEY.test(key)) atMs = value < FIRST_MILLISECONDS ? value * 1000 : value;
  return atMs >= FIRST_MOMENT_MS ? atMs : undefined;
}

function toShifted(value: unknown, key: string, shiftMs: number): unknown {
  const atMs = toMoment(value, key);
  if (atMs === undefined) return value;
  const shiftedMs = atMs + shiftMs;
  if (typeof value === 'number') return value < FIRST_MILLISECONDS ? Math.floor(shiftedMs / 1000) : shiftedMs;
  const iso = new Date(shiftedMs).toISOString();
  return String(value).endsWith(' UTC') ? iso.replace('T', ' ').replace('Z', ' UTC') : iso;
}

/** A copy of a JSON value in which each leaf is replaced; `key` is the name of the nearest property above it. */
function mapLeaves(value: unknown, replace: (leaf: unknown, key: string) => unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((entry) => mapLeaves(entry, replace, key));
  if (typeof value !== 'object' || value === null) return replace(value, key);
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mapLeaves(entry, replace, name)]));
}

function folderOf(kind: ForgeKind): string {
  return path.join(import.meta.dirname, kind, 'samples');
}

function readSample(kind: ForgeKind, name: string): Sample {
  const text = readFileSync(path.join(folderOf(kind), `${name}.json`), 'utf8');
  return { kind, name, ...(JSON.parse(text) as Omit<Sample, 'kind' | 'name'>) };
}
