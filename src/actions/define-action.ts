import type { z } from 'zod';
import type { Action } from '../jobs/contract.ts';

/** An action whose input type follows from its schema, in the form in which the catalogue holds all of them. */
export function defineAction<S extends z.ZodType>(
  action: { readonly input: S } & Omit<Action<z.output<S>>, 'input'>,
): Action {
  return action;
}
