import { FettleError } from '../../core/errors.ts';
import { toIsoTime } from '../../core/clock.ts';
import type { Event } from '../../core/event.ts';
import type { RunFacts } from '../../jobs/contract.ts';
import type { LedgerEntry } from '../../store/ledger.ts';
import { cleanText } from '../../core/clean-text.ts';
import { toPlainHeadline } from '../message/plain-text.ts';
import { toSafeUrl } from '../message/safe-url.ts';
import { toMessage } from '../message/to-message.ts';

/** What a rule says about an entry, rendered. What it leaves out follows from the event. */
export interface EntryInput {
  readonly node: string;
  readonly title?: string | undefined;
  readonly trigger?: string | undefined;
  readonly status?: string | undefined;
  readonly counts?: Readonly<Record<string, string>> | undefined;
  readonly startedAt?: string | undefined;
  readonly finishedAt?: string | undefined;
  readonly url?: string | undefined;
}

const MAX_NAME_CHARS = 200;

/**
 * The entry of a run in the ledger.
 * @throws FettleError `input_invalid` for a node without a name, a count that is no number or a time that is none.
 */
export function toLedgerEntry(
  input: EntryInput,
  { run, event, nowMs }: { readonly run: RunFacts; readonly event: Event | null; readonly nowMs: number },
): LedgerEntry {
  const status = toStatus(input.status ?? findCheckStatus(event) ?? 'success');
  const startedAt = toTime('startedAt', input.startedAt) ?? event?.occurredAt ?? event?.receivedAt ?? run.createdAt;
  const finishedAt = toTime('finishedAt', input.finishedAt) ?? (status === 'running' ? null : toIsoTime(nowMs));
  return {
    id: run.id,
    node: toNodeId(input.node),
    nodeTitle: toName(input.title),
    trigger: toName(input.trigger) ?? (event === null ? 'schedule' : 'webhook'),
    startedAt,
    // The clock of a forge may be ahead of ours.
    finishedAt: finishedAt !== null && Date.parse(finishedAt) < Date.parse(startedAt) ? startedAt : finishedAt,
    status,
    counts: input.counts === undefined ? countEvent(event) : toCounts(input.counts),
    title: event === null ? null : toName(toPlainHeadline(toMessage(event))),
    url: toSafeUrl(input.url ?? event?.compareUrl ?? event?.url ?? event?.check?.url),
    actor: toName(event?.actor?.login),
    forge: event?.forge ?? null,
    repo: event?.repo?.fullName ?? null,
    eventId: event?.id ?? null,
    chain: run.chain,
  };
}

/** A node's id as it is stored and kept in order by; empty when nothing was rendered. */
export function toCleanNode(node: string): string {
  return cleanText(node, MAX_NAME_CHARS);
}

function toNodeId(node: string): string {
  const id = toCleanNode(node);
  if (id !== '') return id;
  throw new FettleError(
    'input_invalid',
    'The node of `ledger.record` came out empty. Use fields that every event of the rule has, such as `{{ repo.name }}`.',
  );
}

function toName(text: string | undefined): string | null {
  const name = cleanText(text ?? '', MAX_NAME_CHARS);
  return name === '' ? null : name;
}

/** The words of the forges for how something ended, made alike. */
const STATUSES: Readonly<Record<string, string>> = {
  ...sayAll('success', 'succeeded', 'successful', 'passed', 'fixed'),
  ...sayAll('failure', 'failed', 'error', 'timed_out', 'startup_failure', 'broken'),
  ...sayAll('cancelled', 'canceled', 'stopped', 'aborted'),
  ...sayAll('running', 'in_progress', 'inprogress', 'pending', 'queued', 'requested', 'waiting', 'created'),
};

function sayAll(status: string, ...words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => [word, status]));
}

function toStatus(word: string): string {
  const clean = cleanText(word, MAX_NAME_CHARS).toLowerCase();
  return STATUSES[clean] ?? (clean === '' ? 'success' : clean);
}

/** How what the event tells of ended; undefined for an event that tells of nothing that runs. */
function findCheckStatus(event: Event | null): string | undefined {
  return event?.check?.conclusion ?? event?.check?.status;
}

function countEvent(event: Event | null): Record<string, number> {
  if (event?.type !== 'push') return { events: 1 };
  return { commits: event.commitCount ?? event.commits?.length ?? 0 };
}

function toCounts(counts: Readonly<Record<string, string>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).map(([name, text]) => {
      const count = Number(text.trim() === '' ? 'nothing' : text);
      if (Number.isFinite(count)) return [name, count];
      throw new FettleError(
        'input_invalid',
        `The count \`${name}\` of \`ledger.record\` came out as ${quote(text)}, which is not a number. Give its template a filter such as \`| default: 0\` or \`| size\`.`,
      );
    }),
  );
}

function toTime(field: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const atMs = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(atMs)) return toIsoTime(atMs);
  throw new FettleError(
    'input_invalid',
    `\`${field}\` of \`ledger.record\` came out as ${quote(text)}, which is not a time such as 2030-01-31T12:00:00Z.`,
  );
}

function quote(text: string): string {
  return JSON.stringify(cleanText(text, 40));
}
