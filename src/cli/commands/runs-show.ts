import type { Cli } from '../cli.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { type RunDetails, RunDetailsShape } from '../run-shape.ts';
import { toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

export const runsShow = defineCommand<HubOptions>({
  path: 'runs show',
  summary: 'Show a run: its attempts, its steps with their log, why it waits and what to do next.',
  arguments: [{ name: '<id>', about: 'id of the run, from `fettle runs list`' }],
  options: [CONFIG_OPTION, URL_OPTION],
  examples: ['fettle runs show 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f'],
  async run(options, [id = ''], cli) {
    const { hub } = await findHub(options, cli);
    const run = await hub.ask(RunDetailsShape, 'GET', `/api/v1/runs/${encodeURIComponent(id)}`);
    if (options.json) writeJson(cli, run);
    else writeRun(cli, run);
    return 0;
  },
});

function writeRun(cli: Cli, run: RunDetails): void {
  const { event, delivery, result } = run;
  const summary = typeof result === 'object' && result !== null && 'summary' in result ? String(result.summary) : '';
  const facts: readonly (readonly [string, string])[] = [
    ['run', run.id],
    ['state', run.state],
    ['reason', run.reason === null ? '' : `${run.reason}${run.code === null ? '' : ` (${run.code})`}`],
    ['result', summary],
    ['next', run.nextAt ?? ''],
    ['action', `${run.action} at ${run.destination}`],
    ['rule', run.rule],
    ['repository', run.repo ?? ''],
    ['event', event === null ? '' : `${event.type}, seq ${event.seq}`],
    ['delivery', delivery === null ? '' : `${delivery.forge} ${delivery.deliveryId}`],
    ['begun', `${run.createdAt} by ${run.origin}`],
    ['finished', run.finishedAt ?? ''],
    [
      'calls',
      Object.entries(run.calls)
        .map(([name, count]) => `${name} ${count}`)
        .join(', '),
    ],
  ];
  const rows = facts.filter(([, value]) => value !== '').map(([name, value]) => [name, toHarmlessText(value)]);
  for (const line of toTable(rows)) writeLine(cli, line);

  writePart(cli, 'Input', JSON.stringify(run.input, undefined, 2).split('\n'));
  writePart(
    cli,
    'Attempts',
    toTable(
      run.attempts.map(({ number, startedAt, finishedAt, state, code, detail }) =>
        [String(number), `${startedAt} to ${finishedAt}`, state, code ?? '', detail ?? ''].map(toHarmlessText),
      ),
    ),
  );
  writePart(
    cli,
    'Steps',
    run.steps.flatMap(({ name, attempt, startedAt, finishedAt, error, log = [] }) => [
      toHarmlessText(`${name}  attempt ${attempt}, ${startedAt} to ${finishedAt ?? '(not finished)'}`),
      ...[...log, ...(error === undefined ? [] : [`error: ${error}`])].map((line) => `  ${toHarmlessText(line)}`),
    ]),
  );
  const others = run.chainRuns.filter(({ id }) => id !== run.id);
  writePart(
    cli,
    'Also set off by the same event and rule',
    toTable(others.map((each) => [each.id, each.state, each.action])),
  );
  if (run.advice !== null) writePart(cli, 'What to do', [toHarmlessText(run.advice)]);
}

function writePart(cli: Cli, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  writeLine(cli);
  writeLine(cli, title);
  for (const line of lines) writeLine(cli, `  ${line}`);
}
