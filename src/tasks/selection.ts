import type { AgentProfile } from '../config/config.ts';
import { createGlobMatcher } from '../core/glob.ts';
import type { Task } from './contract.ts';
import type { Selection } from './machine/contract.ts';

/** Which agent should do a task: the cheapest that is able to and has room. Pure; the claim checks the same again. */

/** An agent, and how much it has to do. */
export interface AgentStanding {
  readonly name: string;
  readonly profile: AgentProfile;
  /** Tasks that it holds now. */
  readonly held: number;
  /** What the tasks that it claimed today (UTC) cost by their estimates. */
  readonly spentToday: number;
  /** When it was last heard from, ISO 8601; null for never. */
  readonly seenAt: string | null;
}

/** What of a task decides who can do it. */
export type SelectableTask = Pick<Task, 'estimate' | 'difficulty' | 'labels' | 'repo' | 'options'>;

/** So many agents are named with the reason why they cannot. */
const MOST_EXPLAINED = 5;

/**
 * Who should do it, and why. One that is busy or has spent its budget of the day is chosen only when all who can are so: it has room again
 * later.
 */
export function selectAgent(task: SelectableTask, agents: readonly AgentStanding[]): Selection {
  if (agents.length === 0) {
    const { agent } = task.options;
    const because = agent === null ? 'Any agent may take it.' : `Only ${agent} may take it.`;
    return { agent: null, isOpen: true, because, capable: [] };
  }
  const judged = agents.map((agent) => ({ ...agent, unfit: findUnable(task, agent), busy: findBusy(task, agent) }));
  const able = judged.filter(({ unfit }) => unfit === undefined).toSorted(compareByCost);
  const unable = judged.flatMap(({ name, unfit }) => (unfit === undefined ? [] : [`${name}: ${unfit}`]));
  const chosen = able.find(({ busy }) => busy === undefined) ?? able[0];
  if (chosen === undefined)
    return { agent: null, isOpen: false, because: toSentences(toNobody(task, agents), unable), capable: [] };
  const passed = able
    .slice(0, able.indexOf(chosen))
    .map(({ name, busy }) => `${name} would be cheaper, but ${busy ?? 'has no room'}.`);
  const delay = chosen.busy === undefined ? [] : [`For now it has to wait, since ${chosen.name} ${chosen.busy}.`];
  return {
    agent: chosen.name,
    isOpen: false,
    because: toSentences([toChoice(task, chosen, able.length), ...passed, ...delay, ...listUnknown(task)], unable),
    capable: [chosen, ...able.filter((other) => other !== chosen)].map(({ name }) => name),
  };
}

/** Why an agent may not take a task, in words that follow its name; undefined when it may. Says nothing of concurrency and budget. */
export function findUnfit(task: SelectableTask, name: string, profile: AgentProfile): string | undefined {
  const { estimate, options, repo } = task;
  if (options.agent !== null && options.agent !== name) return `the task is for ${options.agent} only`;
  if (estimate !== null && profile.contextLimit !== null && profile.contextLimit < 2 * estimate)
    return `its context of ${toCount(profile.contextLimit)} tokens is less than twice the estimate of ${toCount(estimate)}`;
  const capabilities = new Set(profile.capabilities.map((word) => word.toLowerCase()));
  const difficulty = task.difficulty ?? 'high';
  if (!capabilities.has(difficulty))
    return `it is not up to the difficulty ${difficulty}${task.difficulty === null ? ', as which an unknown one counts' : ''}`;
  const missing = options.skills.filter((skill) => !capabilities.has(skill.toLowerCase()));
  if (missing.length > 0) return `it lacks ${missing.join(', ')}`;
  if (!isLabelled(task.labels, profile.labels)) return `it takes only tasks labelled ${profile.labels.join(', ')}`;
  if (profile.repos.length > 0 && (repo === null || !createGlobMatcher(profile.repos)(repo)))
    return repo === null ? 'it works in named repositories only' : `it does not work in ${repo}`;
  return undefined;
}

/** What a task costs with an agent by its estimate, in the unit of the profile; 0 while the estimate is unknown. */
export function toCost(task: Pick<Task, 'estimate'>, profile: Pick<AgentProfile, 'cost'>): number {
  return ((task.estimate ?? 0) * profile.cost) / 1_000_000;
}

/** As `findUnfit`, and it could not even pay for this one task. */
function findUnable(task: SelectableTask, { name, profile }: AgentStanding): string | undefined {
  const unfit = findUnfit(task, name, profile);
  if (unfit !== undefined) return unfit;
  const { budgetPerDay } = profile;
  return budgetPerDay !== null && toCost(task, profile) > budgetPerDay
    ? `the task costs ${toPrice(toCost(task, profile))}, more than its ${toPrice(budgetPerDay)} for a whole day`
    : undefined;
}

function findBusy(task: SelectableTask, { profile, held, spentToday }: AgentStanding): string | undefined {
  if (held >= profile.concurrency) return `holds ${held} of ${profile.concurrency}`;
  const { budgetPerDay } = profile;
  return budgetPerDay !== null && spentToday + toCost(task, profile) > budgetPerDay
    ? `has spent ${toPrice(spentToday)} of its ${toPrice(budgetPerDay)} for today`
    : undefined;
}

/** Every label that is excluded counts, and of those that are wanted one. */
function isLabelled(labels: readonly string[], globs: readonly string[]): boolean {
  const wanted = globs.filter((glob) => !glob.startsWith('!'));
  const unwanted = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1));
  const isWanted = wanted.length === 0 || labels.some(createGlobMatcher(wanted));
  return isWanted && (unwanted.length === 0 || !labels.some(createGlobMatcher(unwanted)));
}

/** Cheapest first, ties by name; by code point, so that every hub finds the same order. */
function compareByCost(one: AgentStanding, other: AgentStanding): number {
  return one.profile.cost - other.profile.cost || (one.name < other.name ? -1 : 1);
}

function toChoice(task: SelectableTask, { name, profile }: AgentStanding, count: number): string {
  const price =
    profile.cost === 0
      ? 'at no cost'
      : task.estimate === null
        ? `at ${toPrice(profile.cost)} for a million tokens`
        : `at ${toPrice(toCost(task, profile))} for ${toCount(task.estimate)} tokens`;
  if (task.options.agent !== null) return `${name} was asked for, ${price}.`;
  return count === 1
    ? `${name} is the only one that can, ${price}.`
    : `${name} is chosen of ${count} that can, ${price}.`;
}

function toNobody(task: SelectableTask, agents: readonly AgentStanding[]): readonly string[] {
  const { agent } = task.options;
  if (agent !== null && !agents.some(({ name }) => name === agent))
    return [`The task is for ${agent} only, and no agent of that name is known.`];
  return ['No agent is able to do it.', ...listUnknown(task)];
}

function listUnknown({ difficulty, estimate }: SelectableTask): readonly string[] {
  return [
    ...(difficulty === null ? ['The difficulty is unknown and counts as high.'] : []),
    ...(estimate === null ? ['The size is unknown and was not checked.'] : []),
  ];
}

function toSentences(sentences: readonly string[], unable: readonly string[]): string {
  const more = unable.length > MOST_EXPLAINED ? `; and ${unable.length - MOST_EXPLAINED} more` : '';
  const others = unable.length === 0 ? [] : [`Not ${unable.slice(0, MOST_EXPLAINED).join('; ')}${more}.`];
  return [...sentences, ...others].join(' ');
}

function toCount(tokens: number): string {
  return tokens.toLocaleString('en-US');
}

function toPrice(price: number): string {
  return price > 0 && price < 0.01 ? 'less than 0.01' : price.toFixed(2);
}
