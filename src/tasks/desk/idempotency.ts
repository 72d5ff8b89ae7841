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
 * Does what is asked in one transaction, or gives the answer that the same request got before. An error, and having found nothing to do,
 * are not kept.
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
    const fingerprint = hash('sha256', JSON.stringify(asked), 'hex');
    const before = await takeRequestKey(trx, key, fingerprint);
    if (before !== undefined) return { moves: [], answer: toKept(before, fingerprint) as A };
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

function toKept(before: { readonly fingerprint: string; readonly answer: unknown }, fingerprint: string): unknown {
  if (before.fingerprint !== fingerprint)
    throw new FettleError(
      'idempotency_key_reused',
      'Another request was sent under this key within the last day. Use a new key for each request.',
    );
  return before.answer;
}
