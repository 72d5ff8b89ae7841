import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORGE_KINDS } from '../../core/vocabulary.ts';
import { getDriver } from '../../forges/registry.ts';
import { toFreshSample } from '../../forges/samples.ts';
import { parseDelivery, verifyDelivery } from '../../forges/verify.ts';
import { type Cast, createSampleFinder, recast } from './fresh-sample.ts';
import { STORY } from './story.ts';

const NOW_MS = Date.parse('2030-01-02T03:04:05.000Z');
const CAST: Cast = {
  issue: { number: 4711, title: 'The issue of the demo' },
  pull: { number: 4712, title: 'The pull request of the demo' },
  issueLabels: new Set(['bug', 'start-pipeline']),
  version: '9.8.7',
};

for (const kind of FORGE_KINDS) {
  test(`every step of the demo that ${kind} can play means what it says, with the numbers and titles of the demo`, () => {
    const driver = getDriver(kind);
    const find = createSampleFinder();
    let played = 0;
    for (const step of STORY) {
      const found = find(kind, step);
      if (found === undefined) continue;
      played += 1;
      const sample = recast(found, step, CAST);
      const body = toFreshSample(sample, NOW_MS);
      const { event, eventType } = sample;
      const signing = { secret: 'opensesame-3f9', deliveryId: '0f8fad5b-d9cb-469f-a165-70867728950e', nowMs: NOW_MS };
      const signed = driver.toSignedHeaders({ event, eventType, body, ...signing });
      const headers = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]));
      const trust = { secrets: [signing.secret], unsigned: false, insecure: false };
      const { drafts, snapshot } = driver.normalise(
        parseDelivery(verifyDelivery(driver, { headers, body }, trust, { secure: true }, NOW_MS)),
      );
      const draft = drafts[0] ?? snapshot?.base;
      assert.ok(draft !== undefined, step.says);
      if (drafts[0] !== undefined) assert.equal(drafts[0].type, step.means);
      if (draft.subject !== undefined && draft.number !== undefined) {
        assert.deepEqual(
          [draft.number, draft.title ?? CAST[draft.subject].title],
          [CAST[draft.subject].number, CAST[draft.subject].title],
        );
        if (draft.url !== undefined && kind !== 'gitlab')
          assert.match(draft.url, new RegExp(`\\b${draft.number}\\b`), step.says);
      }
      if (step.means === 'release.published') assert.equal(draft.tag, 'v9.8.7');
      if (step.body !== undefined && found.draft.body !== undefined) assert.equal(draft.body, step.body);
      if (snapshot?.subject === 'issue') assert.deepEqual(snapshot.labels, ['bug', 'start-pipeline']);
      if (draft.occurredAt !== undefined) assert.match(draft.occurredAt, /^20(29|30)-/);
    }
    assert.ok(played > 0, `${kind} has something to play`);
  });
}
