import assert from 'node:assert/strict';
import { it } from 'node:test';
import { toLabelChange } from './state-labels.ts';

const LABELS = { queued: 'agent: waiting', leased: 'agent: working', needs_input: 'agent: working' };

it('adds the label of the state and takes off those of other states, and no others', () => {
  assert.deepEqual(toLabelChange(LABELS, 'queued', ['bug', 'Agent: Working']), {
    add: ['agent: waiting'],
    remove: ['Agent: Working'],
  });
  assert.deepEqual(toLabelChange(LABELS, 'needs_input', ['bug', 'agent: working']), { add: [], remove: [] });
  assert.deepEqual(toLabelChange(LABELS, 'succeeded', ['AGENT: WORKING', 'agent: waiting', 'done']), {
    add: [],
    remove: ['AGENT: WORKING', 'agent: waiting'],
  });
  assert.deepEqual(toLabelChange({}, 'leased', ['bug']), { add: [], remove: [] });
});
