import { setTimeout as delay } from 'node:timers/promises';
import type { FakeSubject } from '../fake-forge/contract.ts';
import type { World } from '../fake-forge/world.ts';
import type { SeededRandom } from '../seeded-random.ts';

/** Assigning one of these makes work of an issue; for the second a pull request is asked for. */
export const BOTS = { plain: 'mosaic', gated: 'heron' } as const;
/** So does this label. */
export const WORK_LABEL = 'agent';

/** People who change their minds all the time, on the newest issues of a repository. */
export interface TaskPeople {
  start(): void;
  stop(): Promise<void>;
}

const WRITERS = ['ada', 'grace'] as const;
/** May read and comment. */
export const READER = 'mallory';
const MOST_OPEN = 6;
const LONGEST_PAUSE_MS = 400;

/** What they do, and how often of a hundred times. */
const DEEDS = {
  open: 8,
  assign: 24,
  unassign: 8,
  label: 6,
  unlabel: 4,
  comment: 20,
  edit: 8,
  close: 8,
  reopen: 14,
} as const;
type Deed = keyof typeof DEEDS;

/** @param isBusy whether so much is under way that they wait. */
export function createTaskPeople(world: World, random: SeededRandom, isBusy: () => boolean): TaskPeople {
  const issues: FakeSubject[] = [];
  let isOn = false;
  let running: Promise<void> = Promise.resolve();
  let count = 0;

  const toBody = () =>
    [
      `## Objective`,
      `Do it the way number ${(count += 1)}.`,
      '## Difficulty',
      random.pick(['easy', 'medium', 'hard']),
    ].join('\n\n');
  const act: Record<Deed, (by: string, issue: FakeSubject) => Promise<unknown>> = {
    open: openIssue,
    assign: (by, issue) => world.assign(by, issue, { add: [pickBot()] }),
    unassign: (by, issue) => world.assign(by, issue, { remove: [pickBot()] }),
    label: (by, issue) => world.label(by, issue, { add: [WORK_LABEL] }),
    unlabel: (by, issue) => world.label(by, issue, { remove: [WORK_LABEL] }),
    comment: (by, issue) => world.comment(random.pick([by, READER]), issue, `What I wanted to say, ${(count += 1)}.`),
    edit: (by, issue) => world.edit(by, issue, { body: toBody() }),
    close: (by, issue) => world.close(by, issue),
    reopen: (by, issue) => world.reopen(by, issue),
  };
  const pickBot = () => random.pick([BOTS.plain, BOTS.plain, BOTS.gated]);

  async function openIssue(by: string): Promise<void> {
    const assignees = random.next() < 0.5 ? [pickBot()] : [];
    issues.push(await world.openIssue(by, { title: `Wish ${(count += 1)}`, body: toBody(), assignees }));
  }

  const pickDeed = (): Deed => {
    let left = random.between(0, Object.values(DEEDS).reduce((sum, often) => sum + often, 0) - 1);
    const found = Object.entries(DEEDS).find(([, often]) => (left -= often) < 0);
    return found?.[0] as Deed;
  };

  const run = async (): Promise<void> => {
    for (const by of [...WRITERS, ...WRITERS]) await openIssue(by);
    while (isOn) {
      await delay(random.between(0, LONGEST_PAUSE_MS));
      if (isBusy()) continue;
      const by = random.pick(WRITERS);
      const recent = issues.slice(-MOST_OPEN);
      const issue = recent[random.between(0, recent.length - 1)];
      await (issue === undefined ? openIssue(by) : act[pickDeed()](by, issue));
    }
  };

  return {
    start() {
      isOn = true;
      running = run();
    },
    async stop() {
      isOn = false;
      await running;
    },
  };
}
