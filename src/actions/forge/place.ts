import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { FettleError } from '../../core/errors.ts';
import type { Event, Repository } from '../../core/event.ts';
import { FORGE_NAME_PATTERN, type ForgeKind } from '../../core/vocabulary.ts';
import type { ForgeApi } from '../../forges/api-contract.ts';
import type { ForgeWork } from '../../forges/work-contract.ts';
import type { ForgeWrites, SubjectRef } from '../../forges/write-contract.ts';
import type { ActionTarget, Outcome, RunContext, TargetEvent } from '../../jobs/contract.ts';

/** Where the actions on a forge act: as a rule on what the event is about, on the forge it came from. */

export const PLACE_FIELDS = {
  repo: template('Full name of the repository, on the same forge. Without it the repository of the event.').optional(),
  forge: z
    .string()
    .regex(FORGE_NAME_PATTERN)
    .describe('Name of the forge, for a rule with a schedule, which has no event. Otherwise the forge of the event.')
    .optional(),
};

export const SUBJECT_FIELDS = {
  number: template('Number of the issue or pull request. Without it that of the event.').optional(),
  subject: z
    .enum(['issue', 'pull'])
    .describe('What `number` numbers, where a forge counts both by themselves; `issue` without it.')
    .optional(),
  ...PLACE_FIELDS,
};

interface PlaceInput {
  readonly repo?: string | undefined;
  readonly forge?: string | undefined;
}

interface SubjectInput extends PlaceInput {
  readonly number?: string | undefined;
  readonly subject?: 'issue' | 'pull' | undefined;
}

/** A repository on a configured forge. */
export interface Place {
  readonly forge: string;
  readonly repo: Repository;
}

/** An issue or pull request there. */
export interface SubjectPlace extends Place {
  readonly ref: SubjectRef;
}

type PlaceEvent = Pick<Event, 'forge' | 'repo' | 'subject' | 'number'> | TargetEvent;

/**
 * The repository that is meant; undefined when neither rule nor event says.
 * @throws FettleError `input_invalid` for another forge than that of the event, or a name that is none.
 */
export function findPlace(input: PlaceInput, event: PlaceEvent): Place | undefined {
  const forge = event?.forge ?? input.forge;
  if (input.forge !== undefined && input.forge !== forge) {
    const detail = `\`forge\` says ${input.forge}, but the event is from ${forge}, and only that forge can be acted on. Take \`forge\` away.`;
    throw new FettleError('input_invalid', detail);
  }
  const fullName = input.repo?.trim() ?? event?.repo?.fullName;
  if (forge === undefined || fullName === undefined) return undefined;
  if (event?.repo?.fullName === fullName) return { forge, repo: event.repo };
  const slash = fullName.lastIndexOf('/');
  const [owner, name] = [fullName.slice(0, slash), fullName.slice(slash + 1)];
  if (slash < 1 || !/^[^\s]+$/.test(fullName) || name === '') {
    throw new FettleError('input_invalid', `\`repo\` is ${JSON.stringify(fullName)}; it is written \`owner/name\`.`);
  }
  return { forge, repo: { fullName, owner, name } };
}

/**
 * The issue or pull request that is meant; undefined when neither rule nor event says.
 * @throws FettleError `input_invalid`, as `findPlace`, and for a number that is none.
 */
export function findSubject(input: SubjectInput, event: PlaceEvent): SubjectPlace | undefined {
  const place = findPlace(input, event);
  if (place === undefined) return undefined;
  const text = input.number?.trim();
  if (text !== undefined && !/^#?[1-9]\d{0,9}$/.test(text)) {
    throw new FettleError('input_invalid', `\`number\` is ${JSON.stringify(text)}; it is a number such as 12.`);
  }
  if (text === undefined && input.repo !== undefined && place.repo !== event?.repo) return undefined;
  const number = text === undefined ? event?.number : Number(text.replace('#', ''));
  const subject = input.subject ?? (text === undefined ? event?.subject : 'issue');
  if (number === undefined || subject === undefined) return undefined;
  return { ...place, ref: { repo: place.repo, subject, number } };
}

/** The target of an action on an issue or pull request: all of them on one subject keep their order. */
export function toSubjectTarget(input: SubjectInput, event: TargetEvent): ActionTarget {
  const found = findSubject(input, event);
  const order =
    found === undefined
      ? null
      : `subject:${found.forge}:${found.repo.fullName} ${found.ref.subject} ${found.ref.number}`;
  return toForgeTarget(findPlace(input, event), order);
}

export function toForgeTarget(place: Place | undefined, orderKey: string | null): ActionTarget {
  if (place === undefined) return { destination: 'none', orderKey: null, credential: null, reaches: [] };
  const { forge, repo } = place;
  const name = `forge:${forge}`;
  return { destination: name, orderKey, credential: name, reaches: [`repo:${forge}/${repo.fullName}`] };
}

/**
 * A group of a forge's API.
 * @throws FettleError `rule_invalid` when that kind of forge cannot do it.
 */
export function openGroup<K extends keyof ForgeWrites | keyof ForgeWork>(
  context: RunContext,
  forge: string,
  group: K,
): NonNullable<ForgeApi[K]> {
  const api: ForgeApi = context.forge(forge);
  const found = api[group];
  if (found !== undefined) return found;
  const detail = `\`${forge}\` is a ${getKind(context, forge)} forge, and Fettle can do nothing with ${WORDS[group]} there. Limit the rule with \`forges\`.`;
  throw new FettleError('rule_invalid', detail);
}

const WORDS: Readonly<Record<keyof ForgeWrites | keyof ForgeWork, string>> = {
  comments: 'comments',
  labels: 'labels',
  issues: 'issues',
  statuses: 'commit statuses',
  workflows: 'workflows',
  files: 'files',
  hooks: 'webhooks',
  repositories: 'lists of repositories',
  subjects: 'what issues and pull requests say',
  pulls: 'pull requests, their reviews and checks',
};

/** @throws FettleError `rule_invalid` when no such forge is configured. */
export function getKind(context: RunContext, forge: string): ForgeKind {
  const kind = context.config().forges[forge]?.kind;
  if (kind === undefined) throw new FettleError('rule_invalid', `No forge \`${forge}\` is configured any more.`);
  return kind;
}

/** How a run ends that has no issue or pull request to act on. */
export function toNoSubject(event: Event | null): Outcome {
  const summary =
    event === null
      ? 'There is no event here: name `forge`, `repo` and `number`.'
      : `The event \`${event.type}\` is about no issue or pull request: name \`number\`, or take other events.`;
  return { state: 'skipped', summary };
}
