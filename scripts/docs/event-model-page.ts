import { EVENT_TYPES } from '../../src/core/event-types.ts';
import { type JsonSchema, toAllowedText, toEventJsonSchema } from '../../src/config/json-schema.ts';
import { GENERATED_NOTE, toCode, toTable } from './markdown.ts';

/** docs/event-model.md, from the event schema and the list of types. */
export function toEventModelPage(): string {
  const schema = toEventJsonSchema();
  return [
    GENERATED_NOTE,
    '# The event model, version 1',
    'A delivery from a forge becomes zero, one or several events. Every event, from whichever forge, has this shape: on the stream, in the activity log, in the API and in the conditions of rules. As JSON Schema it is [`schema/event.schema.json`](../schema/event.schema.json).',
    'A field that a forge does not tell is absent in JSON and `null` in the conditions of rules; nothing is invented. Within version 1, fields and types are only ever added, so ignore what you do not know. Texts come from the forge: treat them as untrusted.',
    '```json\n' + JSON.stringify(SAMPLE, null, 2) + '\n```',
    '## Types',
    'A type is a noun and a verb, or a bare noun. Rules and filters take globs over them, such as `issue.*`.',
    ...toTypeTables(),
    '## Fields',
    'Fields marked "always" are in every event.',
    toFieldTable(schema, []),
    ...toInnerSections(schema, []),
  ].join('\n\n');
}

const SAMPLE = {
  seq: 412,
  id: '01937b1e-6f0a-7c3e-9a55-2f1f6f0c8d11',
  v: 1,
  type: 'issue.labeled',
  forge: 'home',
  kind: 'gitea',
  origin: 'webhook',
  deliveryId: 'f6266f16-1bf3-46a5-9ea4-602e06ead473',
  occurredAt: '2026-01-31T09:30:00.000Z',
  receivedAt: '2026-01-31T09:30:01.250Z',
  repo: { id: '9', fullName: 'dataforge/app', owner: 'dataforge', name: 'app', private: false, defaultBranch: 'main' },
  actor: { id: '7', login: 'ada', bot: false },
  subject: 'issue',
  number: 12,
  title: 'Ship it',
  labels: ['start-pipeline'],
  label: 'start-pipeline',
};

function toTypeTables(): string[] {
  const nouns = Map.groupBy(Object.entries(EVENT_TYPES), ([type]) => (type.includes('.') ? type.split('.')[0] : ''));
  const bare = nouns.get('') ?? [];
  const named = [...nouns].filter(([noun]) => noun !== '').flatMap(([, rows]) => rows);
  return [
    toTable(
      ['Type', 'Meaning'],
      [...bare, ...named].map(([type, meaning]) => [toCode(type), meaning]),
    ),
  ];
}

function toFieldTable(schema: JsonSchema, around: readonly string[]): string {
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  return toTable(
    ['Field', 'Value', 'Present', 'Meaning'],
    Object.entries(schema.properties ?? {}).map(([name, field]) => [
      toCode(name),
      toValueText([...around, name], field),
      required.has(name) ? 'always' : '',
      field.description ?? '',
    ]),
  );
}

function toValueText(path: readonly string[], field: JsonSchema): string {
  if (path.join('.') === 'type') return 'see Types';
  if (field['const'] !== undefined || field.enum !== undefined) return toAllowedText(field);
  const link = `[${path.join('.')}](#${path.join('').toLowerCase()})`;
  if (field.type === 'array') return `list of ${field.items?.type === 'object' ? link : 'text'}`;
  if (field.type === 'object') return link;
  if (field['format'] === 'date-time') return 'time, ISO 8601 in UTC';
  if (field['format'] === 'uuid') return 'UUID';
  return field.type === 'integer' ? 'whole number' : toAllowedText(field);
}

/** A section for each map within the event, and for each map within those. */
function toInnerSections(schema: JsonSchema, around: readonly string[]): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const inner = field.type === 'array' ? (field.items ?? {}) : field;
    if (inner.type !== 'object') return [];
    const path = [...around, name];
    const entries = typeof inner.additionalProperties === 'object' ? inner.additionalProperties : inner;
    const note = entries === inner ? [] : ['Any names, each with:'];
    const own = [`### ${path.join('.')}`, field.description ?? '', ...note, toFieldTable(entries, path)];
    return [...own, ...toInnerSections(entries, path)];
  });
}
