import { hash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { FettleError } from '../../core/errors.ts';
import type { Database } from '../../store/schema.ts';
import { dropRequestKey, type RequestKey, takeRequestKey, saveAnswer } from '../../store/task-requests.ts';
import { transact } from '../../store/transact.ts';
import type { Caller } from '../desk-contract.ts';
import { type Move, noteMoves, type TaskPorts } from '../move.ts';

/** What a request did. */
export interface Done<A> {
  readonly moves: readonly Move[];
  /** What is told; as JSON it is kept for the same request again. */
  readonly answer: A;
}

/** The key of a request; undefined without one. */
export function toRequestKey({ principal, idempotencyKey }: Caller): RequestKey | undefined {
  return idempotencyKey === undefined
    ? undefined
    : { principal: principal.tokenId ?? `${principal.via} ${principal.name}`, key: idempotencyKey };
}

/**
 * Does what is asked in one transaction, or gives the answer that the same request got before. An error is not kept, nor is having found
 * nothing to do: another try may follow, and `endWithNothing` when none does.
 * @param asked the request, to tell it from another one under the same key.
 * @param work gives undefined when there was nothing to do; then nothing may have been written.
 */
export async function doOnce<A>(
  ports: TaskPorts,
  caller: Caller,
  asked: readonly unknown[],
  work: (trx: Transaction<Database>) => Promise<Done<A> | undefined>,
): Promise<Done<A> | undefined> {
  const key = toRequestKey(caller);
  const done = await transact(ports.db(), async (trx) => {
    if (key === undefined) return await work(trx);
    const fingerprint = toFingerprint(asked);
    const before = await takeRequestKey(trx, key, fingerprint);
    if (before !== undefined) {
      const kept = toKept(before, fingerprint) as A | null;
      return kept === null ? undefined : { moves: [], answer: kept };
    }
    const fresh = await work(trx);
    const isKept = fresh !== undefined && fresh.moves.every(({ refusal }) => refusal === undefined);
    await (isKept ? saveAnswer(trx, key, fresh.answer) : dropRequestKey(trx, key));
    return fresh;
  });
  if (done === undefined) return undefined;
  noteMoves(ports, done.moves);
  const refusal = done.moves.find((move) => move.refusal !== undefined)?.refusal;
  if (refusal !== undefined) throw refusal;
  return done;
}

/**
 * Lets a request that found nothing to do end with that answer. Another sending of it may still be under way, because its line broke or it took
 * too long; it does nothing any more, since nobody would hear of it.
 * @returns the answer that another sending got before; undefined when nothing is the answer.
 */
export async function endWithNothing<A>(
  ports: TaskPorts,
  caller: Caller,
  asked: readonly unknown[],
): Promise<A | undefined> {
  const key = toRequestKey(caller);
  if (key === undefined) return undefined;
  const fingerprint = toFingerprint(asked);
  const before = await transact(ports.db(), (trx) => takeRequestKey(trx, key, fingerprint));
  return before === undefined ? undefined : ((toKept(before, fingerprint) as A | null) ?? undefined);
}

function toFingerprint(asked: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(asked), 'hex');
}

function toKept(before: { readonly fingerprint: string; readonly answer: unknown }, fingerprint: string): unknown {
  if (before.fingerprint !== fingerprint)
    throw new FettleError(
      'idempotency_key_reused',
      'Another request was sent under this key within the last day. Use a new key for each request.',
    );
  return before.answer;
}
