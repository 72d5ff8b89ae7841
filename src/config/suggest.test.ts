import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSuggestion } from './suggest.ts';

test('a misspelt word is matched to the nearest candidate, whatever its case', () => {
  const candidates = ['port', 'host', 'trustedProxies', 'issue.labeled'];
  assert.equal(findSuggestion('prot', candidates), 'port');
  assert.equal(findSuggestion('hosts', candidates), 'host');
  assert.equal(findSuggestion('trusted_proxies', candidates), 'trustedProxies');
  assert.equal(findSuggestion('issue.labelled', candidates), 'issue.labeled');
});

test('a word that resembles nothing gets no suggestion', () => {
  assert.equal(findSuggestion('colour', ['port', 'host']), undefined);
  assert.equal(findSuggestion('x'.repeat(1000), ['x'.repeat(999)]), undefined);
  assert.equal(findSuggestion('port', []), undefined);
});
