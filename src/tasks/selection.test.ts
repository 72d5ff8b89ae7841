import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { OPTIONS } from '../../test/task-machine.ts';
import type { AgentProfile } from '../config/config.ts';
import { DIFFICULTIES } from '../core/vocabulary.ts';
import { type AgentStanding, findUnfit, selectAgent, type SelectableTask, toCost } from './selection.ts';

const PROFILE: AgentProfile = {
  about: null,
  contextLimit: 200_000,
  cost: 3,
  capabilities: ['low', 'medium', 'high'],
  labels: [],
  repos: [],
  concurrency: 1,
  budgetPerDay: null,
};

const TASK: SelectableTask = {
  estimate: 60_000,
  difficulty: 'medium',
  labels: ['agent', 'kind/bug'],
  repo: 'dataforge/app',
  options: OPTIONS,
};

function agent(
  name: string,
  profile: Partial<AgentProfile> = {},
  standing: Partial<AgentStanding> = {},
): AgentStanding {
  return { name, profile: { ...PROFILE, ...profile }, held: 0, spentToday: 0, seenAt: null, ...standing };
}

const GLM = agent('glm', { cost: 0, contextLimit: 128_000, capabilities: ['low', 'medium'] });
const SONNET = agent('sonnet');
const OPUS = agent('opus', { cost: 15 });

describe('who is fit for a task', () => {
  const cases: readonly (readonly [string, Partial<SelectableTask>, Partial<AgentProfile>, RegExp | undefined])[] = [
    ['half of the context is enough', { estimate: 100_000 }, {}, undefined],
    ['a token more is not', { estimate: 100_001 }, {}, /context of 200,000 tokens is less than twice .* 100,001$/],
    ['64,000 for a context of 128,000', { estimate: 64_000 }, { contextLimit: 128_000 }, undefined],
    ['an unlimited context', { estimate: 9_000_000 }, { contextLimit: null }, undefined],
    ['an unknown estimate is not held against anybody', { estimate: null }, { contextLimit: 1 }, undefined],
    ['the difficulty', { difficulty: 'high' }, { capabilities: ['low', 'medium'] }, /not up to the difficulty high$/],
    ['an easy task for one who does only hard ones', { difficulty: 'low' }, { capabilities: ['high'] }, /low$/],
    [
      'an unknown difficulty',
      { difficulty: null },
      { capabilities: ['medium'] },
      /high, as which an unknown one counts$/,
    ],
    ['an unknown difficulty for one who does hard ones', { difficulty: null }, { capabilities: ['high'] }, undefined],
    ['skills', { options: { ...OPTIONS, skills: ['rust', 'sql'] } }, {}, /lacks rust, sql$/],
    [
      'a skill that it has',
      { options: { ...OPTIONS, skills: ['Rust'] } },
      { capabilities: ['medium', 'rust'] },
      undefined,
    ],
    ['a label that matches', {}, { labels: ['kind/*'] }, undefined],
    ['no label that matches', {}, { labels: ['docs', 'area/*'] }, /only tasks labelled docs, area\/\*$/],
    ['a label that is excluded', {}, { labels: ['!kind/bug'] }, /only tasks labelled/],
    ['no labels at all', { labels: [] }, { labels: ['*'] }, /only tasks labelled/],
    ['no labels, and only some excluded', { labels: [] }, { labels: ['!secret'] }, undefined],
    ['a repository that matches', {}, { repos: ['DataForge/*'] }, undefined],
    ['another repository', {}, { repos: ['other/*'] }, /does not work in dataforge\/app$/],
    ['an excluded repository', {}, { repos: ['dataforge/*', '!dataforge/app'] }, /does not work in/],
    ['no repository', { repo: null }, { repos: ['dataforge/*'] }, /named repositories only$/],
    ['no repository, and no wish', { repo: null }, {}, undefined],
    ['the wanted agent', { options: { ...OPTIONS, agent: 'sonnet' } }, {}, undefined],
    ['not the wanted agent', { options: { ...OPTIONS, agent: 'opus' } }, {}, /for opus only$/],
  ];
  for (const [what, task, profile, why] of cases)
    it(`goes by ${what}`, () => {
      const found = findUnfit({ ...TASK, ...task }, 'sonnet', { ...PROFILE, ...profile });
      if (why === undefined) assert.equal(found, undefined);
      else assert.match(found ?? '', why);
    });
});

describe('choosing an agent', () => {
  it('takes the cheapest, and an own one before all others', () => {
    const selection = selectAgent(TASK, [OPUS, SONNET, GLM]);
    assert.deepEqual([selection.agent, selection.capable], ['glm', ['glm', 'sonnet', 'opus']]);
    assert.equal(selection.because, 'glm is chosen of 3 that can, at no cost.');
  });

  it('takes the first by name of those that cost the same', () => {
    assert.equal(selectAgent(TASK, [agent('minimax', { cost: 0 }), GLM]).agent, 'glm');
  });

  it('says why others cannot', () => {
    const selection = selectAgent({ ...TASK, difficulty: 'high' }, [OPUS, SONNET, GLM]);
    assert.equal(selection.agent, 'sonnet');
    assert.equal(
      selection.because,
      'sonnet is chosen of 2 that can, at 0.18 for 60,000 tokens. Not glm: it is not up to the difficulty high.',
    );
  });

  it('passes over who has no room, and says so', () => {
    const selection = selectAgent(TASK, [{ ...GLM, held: 1 }, SONNET]);
    assert.deepEqual([selection.agent, selection.capable], ['sonnet', ['sonnet', 'glm']]);
    assert.match(selection.because, /glm would be cheaper, but holds 1 of 1\./);
  });

  it('passes over who has spent its budget of the day', () => {
    const poor = agent('haiku', { cost: 1, budgetPerDay: 0.1 }, { spentToday: 0.05 });
    const selection = selectAgent(TASK, [poor, SONNET]);
    assert.equal(selection.agent, 'sonnet');
    assert.match(selection.because, /haiku would be cheaper, but has spent 0\.05 of its 0\.10 for today\./);
    assert.equal(selectAgent(TASK, [agent('haiku', { cost: 1, budgetPerDay: 0.06 }), SONNET]).agent, 'haiku');
  });

  it('lets the task wait for the cheapest when all who can are busy', () => {
    const selection = selectAgent(TASK, [
      { ...SONNET, held: 1 },
      { ...GLM, held: 2 },
    ]);
    assert.equal(selection.agent, 'glm');
    assert.match(selection.because, /For now it has to wait, since glm holds 2 of 1\.$/);
  });

  it('knows that a budget can be too small for the task on any day', () => {
    const selection = selectAgent(TASK, [agent('opus', { cost: 15, budgetPerDay: 0.5 })]);
    assert.deepEqual([selection.agent, selection.isOpen, selection.capable], [null, false, []]);
    assert.match(selection.because, /costs 0\.90, more than its 0\.50 for a whole day/);
  });

  it('says what it did not know', () => {
    const selection = selectAgent({ ...TASK, estimate: null, difficulty: null }, [SONNET]);
    assert.equal(
      selection.because,
      'sonnet is the only one that can, at 3.00 for a million tokens. The difficulty is unknown and counts as high. The size is unknown and was not checked.',
    );
  });

  it('finds nobody, with the reason of each', () => {
    const selection = selectAgent({ ...TASK, estimate: 120_000 }, [GLM, SONNET]);
    assert.deepEqual([selection.agent, selection.isOpen, selection.capable], [null, false, []]);
    assert.match(selection.because, /^No agent is able to do it\. Not glm: .*; sonnet: .*120,000\.$/);
  });

  it('names only some of very many', () => {
    const many = Array.from({ length: 12 }, (_, index) => agent(`agent-${index}`, { capabilities: [] }));
    assert.match(selectAgent(TASK, many).because, /; and 7 more\.$/);
  });

  it('takes the agent that was asked for, and nobody else', () => {
    const task = { ...TASK, options: { ...OPTIONS, agent: 'opus' } };
    const selection = selectAgent(task, [GLM, OPUS]);
    assert.deepEqual([selection.agent, selection.capable], ['opus', ['opus']]);
    assert.match(selection.because, /^opus was asked for, at 0\.90 for 60,000 tokens\./);
    assert.match(selectAgent(task, [GLM]).because, /^The task is for opus only, and no agent of that name is known\./);
  });

  it('is left to whoever asks when no agents are configured', () => {
    const selection = selectAgent(TASK, []);
    assert.deepEqual(selection, { agent: null, isOpen: true, because: 'Any agent may take it.', capable: [] });
    assert.equal(
      selectAgent({ ...TASK, options: { ...OPTIONS, agent: 'opus' } }, []).because,
      'Only opus may take it.',
    );
  });

  it('holds for any task and any agents', () => {
    const standings = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('glm', 'haiku', 'opus', 'sonnet'),
        contextLimit: fc.constantFrom(null, 64_000, 200_000),
        cost: fc.constantFrom(0, 1, 15),
        capabilities: fc.subarray([...DIFFICULTIES, 'rust']),
        budgetPerDay: fc.constantFrom(null, 0, 1),
        held: fc.integer({ min: 0, max: 2 }),
        spentToday: fc.constantFrom(0, 0.9),
      }),
      { selector: ({ name }) => name, minLength: 1 },
    );
    const tasks = fc.record({
      estimate: fc.constantFrom(null, 10_000, 100_000),
      difficulty: fc.constantFrom(null, ...DIFFICULTIES),
      skills: fc.constantFrom([], ['rust']),
    });
    fc.assert(
      fc.property(standings, tasks, (drawn, { skills, ...fields }) => {
        const agents = drawn.map(({ name, held, spentToday, ...profile }) =>
          agent(name, profile, { held, spentToday }),
        );
        const task = { ...TASK, ...fields, options: { ...OPTIONS, skills } };
        const selection = selectAgent(task, agents);
        assert.equal(selectAgent(task, agents.toReversed()).agent, selection.agent, 'order does not matter');
        const fit = agents.filter(({ name, profile }) => findUnfit(task, name, profile) === undefined);
        const affordable = fit.filter(({ profile }) => toCost(task, profile) <= (profile.budgetPerDay ?? Infinity));
        assert.deepEqual(selection.capable.toSorted(), affordable.map(({ name }) => name).toSorted());
        assert.equal(selection.agent, selection.capable[0] ?? null);
        const chosen = agents.find(({ name }) => name === selection.agent);
        if (chosen === undefined) return;
        const hasRoom = (one: AgentStanding) =>
          one.held < one.profile.concurrency &&
          one.spentToday + toCost(task, one.profile) <= (one.profile.budgetPerDay ?? Infinity);
        const better = affordable.filter((one) => hasRoom(one) && one.profile.cost < chosen.profile.cost);
        assert.deepEqual(better, [], 'nobody who has room is cheaper');
        assert(hasRoom(chosen) || !affordable.some(hasRoom), 'who has room goes first');
      }),
    );
  });
});
