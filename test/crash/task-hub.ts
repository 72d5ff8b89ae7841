import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { TaskSummary } from '../../src/tasks/shapes.ts';
import type { FakeForge } from '../fake-forge/contract.ts';
import { TOKENS } from '../fake-forge/state.ts';
import { HUB_SECRET, type HubProcess } from '../hub-process.ts';
import { BOTS, WORK_LABEL } from './task-people.ts';

/** Shows on the forge that a task succeeded. */
export const DONE_LABEL = 'agent: done';
/** The shortest that there is. */
export const LEASE_MS = 10_000;

/** The variables of a hub that makes work of what is assigned to the bots of a fake forge. */
export async function writeTaskConfig(t: TestContext, forge: FakeForge): Promise<Record<string, string>> {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-tasks-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, 'fettle.yaml');
  await writeFile(
    path,
    `
forges: { home: { kind: gitea, url: "${forge.url}", token: ${TOKENS.fettle}, secret: ${HUB_SECRET} } }
network: { allowPrivate: [127.0.0.1/32] }
tasks:
  lease: ${LEASE_MS / 1_000}s
  maxAttempts: 2
  labels: { queued: "agent: waiting", leased: "agent: working", succeeded: "${DONE_LABEL}" }
recipes:
  - coordinator: { forge: home, assignee: ${BOTS.plain}, label: ${WORK_LABEL} }
rules:
  - name: work that needs a pull request
    on: issue.assigned
    if: assignee == "${BOTS.gated}"
    permission: write
    do: { task.open: { gates: [pull] } }
`,
  );
  return { FETTLE_CONFIG: path, FETTLE_RECIPES: '', GITEA_WEBHOOK_SECRET: '' };
}

/** Every task. */
export async function listTasks(hub: HubProcess): Promise<TaskSummary[]> {
  const tasks: TaskSummary[] = [];
  for (let before = ''; ;) {
    const path = `/api/v1/tasks?limit=1000${before}`;
    const page = (await hub.askJson(path)) as { tasks: TaskSummary[]; next: number | null };
    tasks.push(...page.tasks);
    if (page.next === null) return tasks;
    before = `&before=${page.next}`;
  }
}
