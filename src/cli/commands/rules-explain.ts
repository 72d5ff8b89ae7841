import { z } from 'zod';
import type { Cli } from '../cli.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findEventIds } from '../find-events.ts';
import { findHub } from '../hub-client.ts';
import { createColours, toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

const ExplanationShape = z.looseObject({
  event: z.looseObject({
    seq: z.number(),
    id: z.string(),
    type: z.string(),
    forge: z.string(),
    receivedAt: z.string(),
    repo: z.looseObject({ fullName: z.string() }).optional(),
    actor: z.looseObject({ login: z.string() }).optional(),
  }),
  rules: z.array(
    z.looseObject({
      rule: z.string(),
      source: z.string().nullable(),
      matched: z.boolean(),
      failed: z.object({ condition: z.string(), wanted: z.string(), actual: z.string() }).optional(),
      notes: z.array(z.string()),
      triggers: z.array(z.string()),
      runs: z.array(z.looseObject({ id: z.string(), action: z.string(), destination: z.string(), state: z.string() })),
    }),
  ),
  gone: z.looseObject({
    runs: z.array(
      z.looseObject({
        id: z.string(),
        rule: z.string(),
        action: z.string(),
        destination: z.string(),
        state: z.string(),
      }),
    ),
    triggers: z.array(z.looseObject({ rule: z.string(), trigger: z.string() })),
  }),
});
type Explanation = z.infer<typeof ExplanationShape>;

export const rulesExplain = defineCommand<HubOptions>({
  path: 'rules explain',
  summary: 'Say which rules an event matches, which not and why.',
  description:
    'Asks the running hub about an event that it has stored: which of the rules in force match, for the others the first condition that is not met and what the event says instead, and what became of the runs.',
  arguments: [{ name: '<event>', about: 'id or seq of an event, or id of a delivery' }],
  options: [CONFIG_OPTION, URL_OPTION],
  examples: ['fettle rules explain 412', 'fettle rules explain 01937b1e-6f0a-7c3e-9a55-2f1f6f0c8d11'],
  async run(options, [key = ''], cli) {
    const found = await findHub(options, cli);
    const explanations: Explanation[] = [];
    for (const id of await findEventIds(found, key)) {
      explanations.push(await found.hub.ask(ExplanationShape, 'GET', `/api/v1/events/${id}/explain`));
    }
    if (options.json) {
      writeJson(cli, { events: explanations });
      return 0;
    }
    for (const [index, explanation] of explanations.entries()) {
      if (index > 0) writeLine(cli);
      writeExplanation(cli, explanation);
    }
    return 0;
  },
});

function writeExplanation(cli: Cli, { event, rules, gone }: Explanation): void {
  const colours = createColours(cli.stdout, cli.environment);
  const about = [event.type, event.repo?.fullName, event.actor === undefined ? undefined : `by ${event.actor.login}`];
  const words = about.flatMap((word) => word ?? []).join(' ');
  writeLine(cli, colours.bold(toHarmlessText(`Event ${event.seq}: ${words}, on ${event.forge}, ${event.receivedAt}`)));
  if (rules.length === 0) writeLine(cli, 'No rule is in force.');
  for (const { rule, source, matched, failed, notes, triggers, runs } of rules) {
    const name = toHarmlessText(source === null ? rule : `${rule} (of ${source})`);
    writeLine(cli, `${matched ? colours.green('✓') : colours.red('✗')} ${name}`);
    if (failed !== undefined) {
      writeDetail(cli, `${failed.condition}: wanted ${failed.wanted}`);
      writeDetail(cli, `${' '.repeat(failed.condition.length)}  found ${failed.actual}`);
    }
    for (const trigger of triggers) writeDetail(cli, `raises ${trigger}`);
    for (const line of toTable(runs.map(toRunRow))) writeDetail(cli, line);
    for (const note of notes) writeDetail(cli, `note: ${note}`);
  }
  if (gone.runs.length + gone.triggers.length === 0) return;
  writeLine(cli, 'Done for it before, by rules or in ways that are not in force now:');
  for (const { rule, trigger } of gone.triggers) writeDetail(cli, `${rule}: raised ${trigger}`);
  for (const line of toTable(gone.runs.map((run) => [run.rule, ...toRunRow(run)]))) writeDetail(cli, line);
}

function toRunRow({ action, destination, state, id }: Explanation['rules'][number]['runs'][number]): string[] {
  return [`${action} at ${destination}`, state === 'none' ? 'never made' : state, state === 'none' ? '' : id];
}

function writeDetail(cli: Cli, text: string): void {
  writeLine(cli, `    ${toHarmlessText(text)}`);
}
