import { type TaskDetails, TaskDetailsShape } from '../../tasks/shapes.ts';
import type { Cli } from '../cli.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { toEntryText, toFacts, toSubjectText } from '../task-text.ts';
import { TASK_ARGUMENT } from '../task-request.ts';
import { toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

export const tasksShow = defineCommand<HubOptions>({
  path: 'tasks show',
  summary: 'Show a task: why it is as it is, what it waits for, its leases and its journal.',
  arguments: [TASK_ARGUMENT],
  options: [CONFIG_OPTION, URL_OPTION],
  examples: ['fettle tasks show 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f'],
  async run(options, [id = ''], cli) {
    const { hub } = await findHub(options, cli);
    const task = await hub.ask(TaskDetailsShape, 'GET', `/api/v1/tasks/${encodeURIComponent(id)}`);
    if (options.json) writeJson(cli, task);
    else writeTask(cli, task);
    return 0;
  },
});

function writeTask(cli: Cli, task: TaskDetails): void {
  const done = task.result ?? task.submitted;
  const facts = toFacts([
    ['task', task.id],
    ['title', task.title],
    ['about', `${toSubjectText(task)} on ${task.forge}`],
    ['page', task.url],
    ['state', task.state],
    ['reason', task.reason],
    ['labels', task.labels.join(', ')],
    ['priority', task.priority],
    ['difficulty', task.difficulty],
    ['estimate', task.estimate === null ? null : `${task.estimate} tokens`],
    ['chosen', task.chosenAgent === null ? task.chosenBecause : `${task.chosenAgent}: ${task.chosenBecause ?? ''}`],
    ['held by', task.agent === null ? null : `${task.agent} until ${task.expiresAt ?? 'it ends'}`],
    ['progress', [task.percent === null ? '' : `${task.percent} %`, task.note ?? ''].filter(Boolean).join(' ')],
    ['question', task.question],
    ['hand-over', task.handover],
    ['round', task.round],
    ['attempts', `${task.attempt} of ${task.maxAttempts} used`],
    ['approved by', task.approvedBy],
    ['quarantined', task.quarantinedBy === null ? null : `by ${task.quarantinedBy}`],
    [task.result === null ? 'submitted' : 'result', done?.summary],
    ['pull request', done?.pull],
    ['opened', task.createdAt],
    ['finished', task.finishedAt],
  ]);
  for (const line of toTable(facts.map((row) => row.map(toHarmlessText)))) writeLine(cli, line);
  writePart(
    cli,
    'Waits for',
    task.dependencies.map(({ repo, number, state, title, waivedBy }) => [
      `${repo}#${number}`,
      waivedBy === null ? state : `${state}, waived by ${waivedBy}`,
      title ?? '',
    ]),
  );
  writePart(
    cli,
    'Gates',
    task.verdicts.map(({ gate, state, detail }) => [gate, state, detail]),
  );
  writePart(
    cli,
    'Leases',
    task.leases.map(({ fence, agent, claimedAt, endedAt, ended }) => [
      String(fence),
      agent,
      `${claimedAt} to ${endedAt ?? 'now'}`,
      ended ?? 'held',
    ]),
  );
  writePart(
    cli,
    'Journal',
    task.journal.map((entry) => [toEntryText(entry)]),
  );
}

function writePart(cli: Cli, title: string, rows: readonly (readonly string[])[]): void {
  if (rows.length === 0) return;
  writeLine(cli);
  writeLine(cli, title);
  for (const line of toTable(rows.map((row) => row.map(toHarmlessText)))) writeLine(cli, `  ${line}`);
}
