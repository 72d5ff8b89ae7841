import { FakeRefusal, type FakeRepository, type FakeState } from './contract.ts';

/** Webhooks as a fake forge keeps them, whatever its words for them are. */
export interface FakeHook {
  readonly id: string;
  /** Full name of a repository, name of an organisation, or `*` for the whole instance. */
  readonly place: string;
  url: string;
  active: boolean;
  events: string[];
  /** Never in an answer, except where the real forge shows it. */
  secret: string;
  /** What only one kind of forge has. */
  readonly other: Record<string, unknown>;
}

/** All webhooks, in the order they were made. */
export function hooksOf(state: FakeState): FakeHook[] {
  return state.keep<FakeHook[]>('hooks', () => []);
}

/** Those of one place. */
export function hooksAt(state: FakeState, place: string): FakeHook[] {
  return hooksOf(state).filter((hook) => hook.place.toLowerCase() === place.toLowerCase());
}

export function addHook(state: FakeState, hook: Omit<FakeHook, 'id' | 'other'> & Partial<FakeHook>): FakeHook {
  const made = { id: String(state.nextId()), other: {}, ...hook };
  hooksOf(state).push(made);
  return made;
}

/** @throws FakeRefusal 404. */
export function getHook(state: FakeState, place: string, id: string | undefined): FakeHook {
  const found = hooksAt(state, place).find((hook) => hook.id === id);
  if (found === undefined) throw new FakeRefusal(404, 'Not Found');
  return found;
}

export function removeHook(state: FakeState, hook: FakeHook): void {
  hooksOf(state).splice(hooksOf(state).indexOf(hook), 1);
}

/** The repositories of an owner that is an organisation. @throws FakeRefusal 404 for anybody else. */
export function getOrganisation(state: FakeState, owner: string): readonly FakeRepository[] {
  const found = state.repositories.filter((each) => each.owner === owner && !each.personal);
  if (found.length === 0) throw new FakeRefusal(404, 'Not Found');
  return found;
}

/** The repositories of an owner, of whatever kind. @throws FakeRefusal 404 for nobody. */
export function getOwned(state: FakeState, owner: string): readonly FakeRepository[] {
  const found = state.repositories.filter((each) => each.owner === owner);
  if (found.length === 0 && !state.accounts.some(({ login }) => login === owner)) {
    throw new FakeRefusal(404, 'Not Found');
  }
  return found;
}

/** An address that a webhook may have. @throws FakeRefusal. */
export function getHookUrl(value: unknown, status: number): string {
  if (typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value)) return value;
  throw new FakeRefusal(status, 'Invalid url given');
}

/** A list of texts. @throws FakeRefusal. */
export function getEvents(value: unknown, known: readonly string[] | undefined, status: number): string[] {
  if (!Array.isArray(value)) return [];
  const unknown = value.find((event) => typeof event !== 'string' || known?.includes(event) === false);
  if (unknown !== undefined) throw new FakeRefusal(status, `Unknown event: ${String(unknown)}`);
  return value as string[];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
