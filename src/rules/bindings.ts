import type { CelInput } from '@bufbuild/cel';
import type { z } from 'zod';
import { Event, type EventDraft } from '../core/event.ts';
import { toCommands } from './commands.ts';

/**
 * The variables of a rule's expression: every field of the event model under its own name, absent ones as null, so that
 * `label == "x"` and `repo.private == false` are answers and not errors. Beside the model there are `commands`, the command
 * lines of a comment, and `vars`.
 */
type Shape = { readonly [name: string]: Shape } | 'list' | 'value';

const MODEL: { readonly [name: string]: Shape | readonly [Shape] } = toShapes(Event.shape);

/** Names that an expression may use. */
export const VARIABLES: readonly string[] = [...Object.keys(MODEL), 'commands', 'vars'];

/** What of an event is bound. */
type BoundEvent = Partial<Event> & Pick<EventDraft, 'type'>;

/** The variables of an expression, or those of them that `names` asks for. `vars` are the texts of the configuration. */
export function toBindings(
  event: BoundEvent,
  vars: Readonly<Record<string, string>> = {},
  names: readonly string[] = VARIABLES,
): Record<string, CelInput> {
  return Object.fromEntries(names.map((name) => [name, toBinding(event, vars, name)]));
}

function toBinding(event: BoundEvent, vars: Readonly<Record<string, string>>, name: string): CelInput {
  if (name === 'commands') return listCommands(event);
  if (name === 'vars') return new Map(Object.entries(vars));
  return toInput(event[name as keyof Event], MODEL[name] ?? 'value');
}

/** The command lines of a comment or review; none for other events. */
export function listCommands({ type, body = '' }: BoundEvent): string[] {
  return type.startsWith('comment.') || type.startsWith('review') ? toCommands(body) : [];
}

/** The fields that the model knows within a field, such as `name` within `repo`; undefined where it knows no fixed ones. */
export function listFields(name: string): readonly string[] | undefined {
  const shape = Object.hasOwn(MODEL, name) ? MODEL[name] : undefined;
  return typeof shape === 'object' && !Array.isArray(shape) ? Object.keys(shape) : undefined;
}

function toInput(value: unknown, shape: Shape | readonly [Shape]): CelInput {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) {
    const element = Array.isArray(shape) ? (shape[0] as Shape) : 'value';
    return value.map((one) => toInput(one, element));
  }
  if (typeof value !== 'object') return value as CelInput;
  const known = typeof shape === 'object' && !Array.isArray(shape) ? (shape as { readonly [name: string]: Shape }) : {};
  const names = new Set([...Object.keys(known), ...Object.keys(value)]);
  const map = new Map<string, CelInput>();
  for (const name of names) map.set(name, toInput((value as Record<string, unknown>)[name], known[name] ?? 'value'));
  return map;
}

function toShapes(fields: Record<string, z.ZodType>): { readonly [name: string]: Shape } {
  return Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, toShape(schema)]));
}

function toShape(schema: z.ZodType): Shape {
  const { def } = schema as unknown as {
    def: { type: string; innerType?: z.ZodType; element?: z.ZodType; shape?: Record<string, z.ZodType> };
  };
  if (def.type === 'optional' && def.innerType !== undefined) return toShape(def.innerType);
  if (def.type === 'object' && def.shape !== undefined) return toShapes(def.shape);
  if (def.type === 'array' && def.element !== undefined) return [toShape(def.element)] as unknown as Shape;
  return 'value';
}
