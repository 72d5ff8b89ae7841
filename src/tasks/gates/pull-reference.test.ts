import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Repository } from '../../core/event.ts';
import { findPullNumber, listRepositoryPages } from './pull-reference.ts';

const REPO = 'dataforge/app';
const PAGES = ['https://git.example.org/sub/dataforge/app'];

describe('the pull request that an agent names', () => {
  it('is read from its number and from its address on any forge', () => {
    const base = 'https://git.example.org/sub/dataforge/app';
    const names = ['7', '#7', '!7', ' 7 ', 'dataforge/app#7', 'DataForge/app!7'];
    const addresses = [
      '/pulls/7',
      '/pull/7/files',
      '/-/merge_requests/7',
      '/merge_requests/7?x=1#n',
      '/pull-requests/7',
    ];
    for (const text of [...names, ...addresses.map((path) => base + path)])
      assert.equal(findPullNumber(text, REPO, PAGES), 7, text);
  });

  it('is refused when it is elsewhere, or nothing of the kind', () => {
    for (const text of [
      'https://evil.example/sub/dataforge/app/pulls/7',
      'https://git.example.org.evil.example/sub/dataforge/app/pulls/7',
      'https://git.example.org:444/sub/dataforge/app/pulls/7',
      'https://git.example.org@evil.example/sub/dataforge/app/pulls/7',
      'https://user:pass@git.example.org/sub/dataforge/app/pulls/7',
      'https://git.example.org/sub/dataforge/app2/pulls/7',
      'https://git.example.org/sub/dataforge/app/../other/pulls/7',
      'https://git.example.org/sub/dataforge/app/issues/7',
      'https://git.example.org/dataforge/app/pulls/7',
      'javascript:alert(7)',
      'other/app#7',
      '0',
      '-7',
      '7.5',
      'seven',
      '',
      '99999999999',
    ])
      assert.equal(findPullNumber(text, REPO, PAGES), undefined, text);
  });

  it('may be on the address of the events, of the configuration, or of a public instance', () => {
    const repository: Repository = {
      fullName: REPO,
      owner: 'dataforge',
      name: 'app',
      url: 'https://a.example/dataforge/app',
    };
    const task = { repo: REPO, repository };
    assert.deepEqual(listRepositoryPages(task, { kind: 'gitea', url: 'https://b.example/' }), [
      'https://a.example/dataforge/app',
      'https://b.example/dataforge/app',
    ]);
    assert.deepEqual(listRepositoryPages({ ...task, repository: null }, { kind: 'github', url: null }), [
      'https://github.com/dataforge/app',
    ]);
    assert.deepEqual(listRepositoryPages({ repo: null, repository: null }, undefined), []);
  });
});
