import { z } from 'zod';
import { secretReference, template } from '../../config/action-fields.ts';
import { isTableName } from '../../store/external-postgres.ts';
import { isFreeHeader } from '../webhook/headers.ts';

/** What a header can carry: no line breaks, no control characters, ASCII. A template passes as it is written. */
const HEADER_VALUE = /^[\t\u0020-\u007e]*$/;

export const HttpSink = z
  .strictObject({
    url: template(
      'Address that takes the entry. A field of the event in it is always encoded as one part of the address.',
    ).meta({ escape: 'url' }),
    method: z.enum(['POST', 'PUT']).default('POST').describe('How it is sent.'),
    body: template(
      'Text to send. In JSON, fields of the event need `| json`. Left out, the entry is sent as JSON: id, node, title, trigger, startedAt, finishedAt, status, counts, url, repo, actor.',
    ).optional(),
    headers: z
      .record(
        z.string().refine(isFreeHeader).meta({ title: 'the name of a header that Fettle does not set itself' }),
        template('Value of the header.').regex(HEADER_VALUE),
      )
      .describe('Further headers.')
      .optional(),
    token: secretReference('Sent as `Authorization: Bearer …`.').optional(),
  })
  .describe('Also send each entry to a web address. `Idempotency-Key` is the same for every attempt.');
export type HttpSink = z.output<typeof HttpSink>;

const table = (name: string, about: string) =>
  z
    .string()
    .refine(isTableName)
    .meta({ title: 'the name of a table, or schema and table such as monitor.runs' })
    .default(name)
    .describe(about);

export const PostgresSink = z
  .strictObject({
    url: secretReference(
      'Where the database is: `postgres://user:password@host:5432/database`; `?sslmode=verify-full` demands TLS and a certificate for that host.',
    ),
    nodes: table(
      'nodes',
      'Table with the columns id (primary key), title, last_run_at and last_status; a node that exists is updated.',
    ),
    runs: table(
      'runs',
      'Table with the columns id (primary key), node_id, trigger, started_at, finished_at, status, counts (JSON) and url; a run that exists stays as it is.',
    ),
  })
  .describe('Also write each entry into tables of another PostgreSQL database.');
export type PostgresSink = z.output<typeof PostgresSink>;
