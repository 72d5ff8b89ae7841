import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { FakeKind } from '../../test/fake-forge/contract.ts';
import { startFakeForge } from '../../test/fake-forge/start.ts';
import { SHA, TOKENS } from '../../test/fake-forge/state.ts';
import { createWorld } from '../../test/fake-forge/world.ts';
import { FettleError } from '../core/errors.ts';
import type { Repository } from '../core/event.ts';
import type { ForgeApi } from './api.ts';
import { failsWith, type Open, type Place, type WorkTraits } from './work-place.testsuite.ts';
import { testChecks, testPulls, testReviews } from './work-pulls.testsuite.ts';
import { testComments, testSubjects } from './work-subjects.testsuite.ts';
import { toRepository } from './write-contract.testsuite.ts';
import type { SubjectRef } from './write-contract.ts';

/** What every kind of forge owes of what it reads of the work there. Run on a fake of each kind. */

/** Runs the suite on one kind. */
export function testForgeWork(kind: FakeKind, traits: WorkTraits): void {
  const open = async (t: TestContext): Promise<Place> => {
    const forge = await startFakeForge(t, { kind });
    return { forge, world: createWorld(forge), repo: toRepository(forge), api: forge.api() };
  };

  describe(`reading the work on ${kind}`, () => {
    it('has its groups and no others', async (t) => {
      const { api } = await open(t);
      for (const group of ['subjects', 'pulls'] as const) {
        assert.equal(group in api, traits.groups.includes(group), group);
      }
    });
    if (traits.groups.includes('subjects')) {
      testSubjects(open, traits);
      testComments(open, traits);
    }
    if (traits.groups.includes('pulls')) {
      testPulls(open, traits);
      testReviews(open, traits);
      testChecks(open, traits);
    }
    if (traits.groups.length > 0) testFailures(open, traits);
  });
}

function testFailures(open: Open, traits: WorkTraits): void {
  const toQuestions = (api: ForgeApi, repo: Repository): readonly (() => Promise<unknown>)[] => {
    const ref: SubjectRef = { repo, subject: 'pull', number: traits.groups.includes('pulls') ? 1 : 2 };
    const { subjects, pulls } = api;
    return [
      ...(subjects ? [() => subjects.find(ref), () => subjects.listComments(ref, 10)] : []),
      ...(pulls
        ? [
            () => pulls.find(repo, ref.number),
            () => pulls.listOpen(repo),
            () => pulls.listReviews(repo, ref.number),
            () => pulls.listChecks(repo, SHA),
          ]
        : []),
    ];
  };

  it('tells a refused token, a missing right, a limit and a failing forge apart', async (t) => {
    const { forge, repo } = await open(t);
    for (const ask of toQuestions(forge.api('another-token'), repo)) await failsWith('credential_refused', ask);
    for (const ask of toQuestions(forge.api(TOKENS.fettle), repo)) {
      forge.interfere = () => ({ status: 429, headers: { 'retry-after': '17' } });
      await failsWith('upstream_busy', ask);
      forge.interfere = () => ({ status: 502, body: '<html>Bad Gateway</html>' });
      await failsWith('upstream_failed', ask);
      forge.interfere = () => ({ status: 403, body: { error: 'insufficient_scope', message: 'token lacks a scope' } });
      await failsWith('access_refused', ask);
      forge.interfere = () => ({ body: '<html>Sign in</html>' });
      await failsWith('upstream_failed', ask);
    }
  });

  it('takes any answer, however odd', async (t) => {
    const { forge, repo } = await open(t);
    const odd = { number: 1, iid: 1, id: 1, title: 5, body: {}, user: 'x', labels: 'y', head: [], state: 0, links: 7 };
    const bodies = [
      null,
      [],
      {},
      7,
      'x',
      odd,
      [null, 5, 'x', {}, [], odd],
      { values: [odd, null] },
      { statuses: [odd] },
    ];
    for (const body of bodies) {
      forge.interfere = () => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      for (const ask of toQuestions(forge.api(), repo)) {
        await ask().catch((error: unknown) => {
          assert.ok(error instanceof FettleError, `${JSON.stringify(body)}: ${String(error)}`);
          assert.equal(error.code, 'upstream_failed', error.message);
        });
      }
    }
  });
}
