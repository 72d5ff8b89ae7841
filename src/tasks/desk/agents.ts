import type { AgentProfile } from '../../config/config.ts';
import { FettleError } from '../../core/errors.ts';
import { findAgentProfile, listAgentRows, saveAgentProfile } from '../../store/task-agents.ts';
import { listTasksToSelect } from '../../store/task-list.ts';
import { transact } from '../../store/transact.ts';
import { moveTasksIn, noteMoves, type TaskPorts, toHeldTime } from '../move.ts';
import { type AgentStanding, selectAgent } from '../selection.ts';

/** The agents that may claim tasks: those of the configuration, and others that were made known over the API. */

/** An agent with a profile. */
export interface KnownAgent extends AgentStanding {
  /** A profile of the configuration wins over one of the API. */
  readonly source: 'config' | 'api';
}

/** All agents with a profile, by name, and how much each has to do. Without any every agent may claim every task. */
export async function listAgents({
  db,
  config,
  clock,
}: Pick<TaskPorts, 'db' | 'config' | 'clock'>): Promise<readonly KnownAgent[]> {
  const configured = config().agents;
  const rows = await listAgentRows(db(), Object.keys(configured), toHeldTime({ clock }));
  return rows.flatMap(({ profile: own, ...row }) => {
    const ours = Object.hasOwn(configured, row.name) ? configured[row.name] : undefined;
    const profile = ours ?? own;
    return profile === null ? [] : [{ ...row, profile, source: ours === undefined ? ('api' as const) : 'config' }];
  });
}

/**
 * The profile under which an agent claims; null when no agent has one.
 * @throws FettleError `agent_unknown` when others have one and this has none.
 */
export async function findProfile(
  { db, config }: Pick<TaskPorts, 'db' | 'config'>,
  name: string,
): Promise<AgentProfile | null> {
  const configured = config().agents;
  const ours = Object.hasOwn(configured, name) ? configured[name] : undefined;
  if (ours !== undefined) return ours;
  const { profile, isAnyKnown } = await findAgentProfile(db(), name);
  if (profile !== null) return profile;
  if (!isAnyKnown && Object.keys(configured).length === 0) return null;
  throw new FettleError(
    'agent_unknown',
    `No agent is called ${JSON.stringify(name)}. Add it under \`agents\` in the configuration or over the API, or use the name of a known one.`,
  );
}

/**
 * Makes an agent known or changes what it can do; tasks that wait are given to agents anew.
 * @throws FettleError `invalid_request` when the configuration has an agent of this name.
 */
export async function putAgent(ports: TaskPorts, name: string, profile: AgentProfile): Promise<void> {
  ensureNotConfigured(ports, name);
  const capabilities = [...new Set(profile.capabilities.map(toCapability))];
  await saveAgentProfile(ports.db(), name, { ...profile, capabilities });
  await selectAnew(ports);
}

/**
 * Takes a profile of the API away.
 * @throws FettleError `not_found` when there is none, `invalid_request` when it is one of the configuration.
 */
export async function removeAgent(ports: TaskPorts, name: string): Promise<void> {
  ensureNotConfigured(ports, name);
  if (!(await saveAgentProfile(ports.db(), name, null)))
    throw new FettleError('not_found', `No agent called ${name} was made known over the API.`);
  await selectAnew(ports);
}

function ensureNotConfigured({ config }: TaskPorts, name: string): void {
  if (Object.hasOwn(config().agents, name))
    throw new FettleError('invalid_request', `The agent ${name} is part of the configuration; change it there.`);
}

const WORDS: Readonly<Record<string, string>> = { easy: 'low', hard: 'high' };

/** A difficulty of either vocabulary in ours, or a skill. */
export function toCapability(word: string): string {
  const plain = word.trim().toLowerCase();
  return WORDS[plain] ?? plain;
}

/** Tasks that one transaction selects for. */
const BATCH = 100;

/** Finds out anew who should do each task that waits, after agents changed. @returns how many tasks changed. */
export async function selectAnew(ports: TaskPorts): Promise<number> {
  const agents = await listAgents(ports);
  let changed = 0;
  for (let after = 0; ;) {
    const batch = await listTasksToSelect(ports.db(), { after, limit: BATCH });
    const last = batch.at(-1);
    if (last === undefined) return changed;
    const moves = await transact(ports.db(), (trx) =>
      moveTasksIn(
        trx,
        ports,
        batch.map(({ task }) => ({ id: task.id, command: { kind: 'select', selection: selectAgent(task, agents) } })),
      ),
    );
    noteMoves(ports, moves);
    changed += moves.filter(({ before, task }) => before !== task).length;
    after = last.ordinal;
  }
}
