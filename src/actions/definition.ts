import { z } from 'zod';
import type { Action, ActionExample } from '../jobs/contract.ts';

/** An action as data, for the API, the command line and documentation. */
export interface ActionDefinition {
  readonly name: string;
  readonly summary: string;
  /** JSON Schema of the input. */
  readonly input: Record<string, unknown>;
  readonly examples: readonly ActionExample[];
  readonly needs: readonly string[];
  readonly idempotency: Action['idempotency'];
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly allowedInRepository: boolean;
}

/** An action without what it does. */
export function toDefinition(action: Action): ActionDefinition {
  const { name, summary, examples, needs, idempotency, timeoutMs, concurrency, allowedInRepository } = action;
  const { $schema: _schema, ...input } = z.toJSONSchema(action.input, { io: 'input', unrepresentable: 'any' });
  return { name, summary, input, examples, needs, idempotency, timeoutMs, concurrency, allowedInRepository };
}
