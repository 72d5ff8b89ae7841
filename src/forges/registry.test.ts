import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { EVENT_TYPE_NAMES } from '../core/event-types.ts';
import { FORGE_KINDS } from '../core/vocabulary.ts';
import { DRIVERS, findDriver, getDriver } from './registry.ts';
import { listSamples, readExpectation } from './samples.ts';

describe('forge registry', () => {
  it('lists the drivers in the order of the vocabulary', () => {
    assert.deepEqual(
      DRIVERS.map((driver) => driver.kind),
      [...FORGE_KINDS],
    );
  });

  it('has one folder for each kind and none besides', () => {
    const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    assert.deepEqual(folders.toSorted(), [...FORGE_KINDS].toSorted());
  });

  it('finds a driver by its kind and nothing for other words', () => {
    assert.equal(getDriver('gitea').title, 'Gitea');
    assert.equal(findDriver('gitea'), getDriver('gitea'));
    for (const word of ['', 'Gitea', 'svn', '__proto__', 'constructor']) assert.equal(findDriver(word), undefined);
  });

  it('has a sample for each event type, over all forges', () => {
    const seen = new Set<string>(['trigger.raised']);
    for (const { kind } of DRIVERS) {
      for (const sample of listSamples(kind)) {
        for (const draft of readExpectation(sample).drafts) seen.add(draft.type);
      }
    }
    assert.deepEqual(
      EVENT_TYPE_NAMES.filter((type) => !seen.has(type) && !type.startsWith('task.')),
      [],
      'Add a sample and its expected file for these types.',
    );
  });
});
