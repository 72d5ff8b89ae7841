import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { FettleError } from '../../core/errors.ts';
import type { ActionTarget, RunContext } from '../../jobs/contract.ts';
import { writeExternalLedger } from '../../store/external-postgres.ts';
import { type LedgerEntry, recordLedgerRun } from '../../store/ledger.ts';
import { toCredentialName } from '../credential-name.ts';
import { defineAction } from '../define-action.ts';
import { sendRequest } from '../send-request.ts';
import { toCleanNode, toLedgerEntry } from './entry.ts';
import { HttpSink, PostgresSink } from './sink-fields.ts';

const Sink = z
  .strictObject({ http: HttpSink.optional(), postgres: PostgresSink.optional() })
  .refine(({ http, postgres }) => (http === undefined) !== (postgres === undefined))
  .meta({ title: 'either `http` or `postgres`' })
  .describe('Another place that gets each entry too, after it is in the ledger.');

const CountName = z
  .string()
  .regex(/^[A-Za-z_][\w-]{0,59}$/)
  .meta({ title: 'a name of letters, digits, - and _' });

const Input = z.strictObject({
  node: template(
    'Which source of runs this belongs to, such as `gitea_push_{{ repo.name }}`. It is made when it is new.',
  ),
  title: template('What the node is called in lists; its `node` when left out.').optional(),
  trigger: template('What set it off; `webhook` when left out.').optional(),
  status: template(
    'How it ended: success, failure, cancelled, skipped, running or a word of yours. Left out, the result of a check, workflow or pipeline, and for any other event success. The words of forges are made alike: failed and error become failure.',
  ).optional(),
  counts: z
    .record(CountName, template('A number.'))
    .describe(
      'Numbers to record, such as `files: "{{ commits | size }}"`. Left out, the commits of a push, and 1 for any other event.',
    )
    .optional(),
  startedAt: template('When it began, as 2030-01-31T12:00:00Z; the time of the event when left out.').optional(),
  finishedAt: template(
    'When it ended; the time of recording when left out, and open while the status is running.',
  ).optional(),
  url: template('Page to link to; the comparison of a push or the page of the event when left out.').optional(),
  sink: Sink.optional(),
});
type Input = z.output<typeof Input>;

/** Records what ran in Fettle's own ledger, and on request in a second place. The id of the run makes both idempotent. */
export const ledgerRecord = defineAction({
  name: 'ledger.record',
  summary:
    'Records the event as a run of a node in the ledger, where one sees at a glance what ran, when and how it ended.',
  input: Input,
  examples: [
    { title: 'Each push, under a node per repository', yaml: 'ledger.record:\n  node: gitea_push_{{ repo.name }}' },
    {
      title: 'Pipelines with their result',
      yaml: [
        'ledger.record:',
        '  node: "{{ repo.fullName }} {{ check.name }}"',
        '  title: "{{ check.name }} of {{ repo.name }}"',
        '  trigger: pipeline',
        '  url: "{{ check.url }}"',
      ].join('\n'),
    },
    {
      title: 'Also in the database of a monitor',
      yaml: [
        'ledger.record:',
        '  node: gitea_push_{{ repo.name }}',
        '  sink: { postgres: { url: "${env:MONITOR_DATABASE_URL}", nodes: monitor.nodes, runs: monitor.runs } }',
      ].join('\n'),
    },
    {
      title: 'Also to a web address',
      yaml: [
        'ledger.record:',
        '  node: gitea_push_{{ repo.name }}',
        '  sink: { http: { url: "https://monitor.example.org/runs", token: "${file:/run/secrets/monitor}" } }',
      ].join('\n'),
    },
  ],
  needs: [],
  idempotency: 'key',
  timeoutMs: 30_000,
  concurrency: 8,
  allowedInRepository: true,

  target({ node, sink }): ActionTarget {
    const id = toCleanNode(node);
    const orderKey = `ledger.record:${id}`;
    const host = sink?.http === undefined ? null : (URL.parse(sink.http.url)?.host ?? '');
    if (host !== null) {
      const credential = toCredentialName(sink?.http?.token === undefined ? [] : [sink.http.token]);
      return { destination: host, orderKey, credential, reaches: [`node:${id}`, `host:${host}`] };
    }
    const database = sink?.postgres === undefined ? null : toCredentialName([sink.postgres.url]);
    if (database === null) return { destination: 'ledger', orderKey, credential: null, reaches: [`node:${id}`] };
    const destination = `postgres ${database.replace(/^secret:/, '')}`;
    return { destination, orderKey, credential: database, reaches: [`node:${id}`, destination] };
  },

  async run(context: RunContext, input: Input) {
    const { recorded, ...entry } = await context.step('record', async () => {
      const made = toLedgerEntry(input, { run: context.run, event: context.event, nowMs: context.clock() });
      return { ...made, recorded: await recordLedgerRun(context.db(), made) };
    });
    const { http, postgres } = input.sink ?? {};
    if (http !== undefined) await context.step('send to the sink', () => sendEntry(context, http, entry));
    if (postgres !== undefined) {
      await context.step('write to the sink', async () => {
        const url = await context.secret(postgres.url);
        const wrote = await writeExternalLedger(entry, {
          ...postgres,
          url,
          connect: (host, port) => context.connect(host, port),
          signal: context.signal,
        });
        return { wrote };
      });
    }
    return recorded
      ? { state: 'succeeded', summary: `Recorded as a run of ${entry.node}.`, data: { node: entry.node } }
      : { state: 'unchanged', summary: `This run of ${entry.node} was on record already.`, data: { node: entry.node } };
  },
});

async function sendEntry(context: RunContext, sink: HttpSink, entry: LedgerEntry): Promise<{ status: number }> {
  if (!URL.canParse(sink.url)) {
    throw new FettleError('input_invalid', 'The `url` of the sink of `ledger.record` is not an address.');
  }
  const token = sink.token === undefined ? undefined : await context.secret(sink.token);
  const answer = await sendRequest(
    context,
    {
      url: sink.url,
      method: sink.method,
      headers: {
        'content-type': 'application/json',
        ...sink.headers,
        'idempotency-key': context.run.id,
        'fettle-hops': String(context.run.hops + 1),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: sink.body ?? JSON.stringify(toDocument(entry)),
    },
    token === undefined ? [] : [token],
  );
  return { status: answer.status };
}

function toDocument({ nodeTitle: _title, forge: _forge, eventId: _event, chain: _chain, ...entry }: LedgerEntry) {
  return entry;
}
