import { z } from 'zod';
import { parseReferences } from './references.ts';

/** Fields of an action's input that mean more than their value. Each is marked, so that rules, documentation and forms know. */

/** A text that may hold a Liquid template over the event, rendered when the rule matches. */
export function template(about: string) {
  return z
    .string()
    .min(1)
    .describe(about)
    .meta({ template: true, title: 'text, with `{{ … }}` for fields of the event' });
}

/**
 * A secret, only ever by reference: `${env:NAME}`, `${file:/path}` or `${cmd:pass show x}`. The reference is stored with the run and
 * resolved at each attempt, so that a changed secret takes effect and none is in the database.
 */
export function secretReference(about: string) {
  return z.string().refine(isReference).describe(about).meta({
    secret: true,
    title: 'a reference such as ${env:NAME}, ${file:/path} or ${cmd:pass show x}, not the secret itself',
  });
}

/** Whether a field of an input schema is marked as a template or as a secret. */
export function findMark(schema: z.ZodType): 'template' | 'secret' | undefined {
  const { template: isTemplate, secret } = (schema.meta() ?? {}) as { template?: boolean; secret?: boolean };
  if (isTemplate === true) return 'template';
  if (secret === true) return 'secret';
  const { innerType } = schema.def as { innerType?: z.ZodType };
  return innerType === undefined ? undefined : findMark(innerType);
}

function isReference(text: string): boolean {
  return parseReferences(text)?.some((piece) => !('literal' in piece)) === true;
}
