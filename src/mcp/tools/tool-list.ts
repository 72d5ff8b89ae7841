import type { Tool as ListedTool } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { TOOLS } from './registry.ts';

/** Said by every schema of zod, and by nobody needed: clients know the dialect, and a format says more than its pattern. */
const SILENT = new Set(['$schema', 'pattern', 'maximum', 'minimum', 'readOnly']);

const LISTED: readonly ListedTool[] = TOOLS.map(({ name, title, description, input, output, annotations }) => ({
  name,
  title,
  description,
  inputSchema: toObjectSchema(input, 'input'),
  outputSchema: toObjectSchema(output, 'output'),
  annotations,
}));

/** The tools as `tools/list` tells them: all, or without those that write. */
export function listTools(mayWrite: boolean): ListedTool[] {
  const writing = new Set(TOOLS.filter(({ writes }) => writes).map(({ name }) => name));
  return LISTED.filter(({ name }) => mayWrite || !writing.has(name));
}

function toObjectSchema(schema: z.ZodObject, io: 'input' | 'output'): ListedTool['inputSchema'] {
  const json = z.toJSONSchema(schema, { io });
  return toShort(json, io) as ListedTool['inputSchema'];
}

/** The schema without what only makes it longer: a model reads all of them before it does anything. */
function toShort(value: unknown, io: 'input' | 'output'): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => toShort(entry, io));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name, entry]) => !isSilent(name, entry, value, io));
  return Object.fromEntries(entries.map(([name, entry]) => [name, toShort(entry, io)]));
}

function isSilent(name: string, entry: unknown, schema: object, io: 'input' | 'output'): boolean {
  // A newer hub may tell more than an older client knows of.
  if (name === 'additionalProperties' && entry === false) return io === 'output';
  if (!SILENT.has(name) || typeof entry === 'object') return false;
  if (name === 'pattern') return 'format' in schema;
  return name === '$schema' || name === 'readOnly' || Math.abs(Number(entry)) === Number.MAX_SAFE_INTEGER;
}
