import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toSuggestedBranch } from './suggested-branch.ts';

const ID = '0192e4a0-1111-7000-8000-0123456789ab';

describe('the suggested branch', () => {
  it('is made of the number and the title', () => {
    const branch = (title: string, subject: 'issue' | 'pull' | null = 'issue', number: number | null = 12) =>
      toSuggestedBranch({ id: ID, subject, number, title });
    assert.equal(branch('Fix the log-in page!'), 'fettle/12-fix-the-log-in-page');
    assert.equal(branch('Größe über Äther'), 'fettle/12-grosse-uber-ather');
    assert.equal(branch('Fix it', 'pull'), 'fettle/pull-12-fix-it');
    assert.equal(branch('修正', 'issue'), 'fettle/12');
    assert.equal(branch('Nightly', null, null), 'fettle/task-456789ab-nightly');
    assert.equal(branch(`${'long '.repeat(50)}end`).length, 'fettle/12-'.length + 39);
  });

  it('is always a valid ref, no option, and nothing to a shell', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom(
        '--upload-pack=x',
        '..',
        '.lock',
        '@{',
        'a..b',
        '$(id)',
        '; rm -rf /',
        'x.lock',
        '-',
        '\u0000',
        '\ud800',
      ),
    );
    fc.assert(
      fc.property(hostile, fc.option(fc.integer({ min: 1, max: 2 ** 31 })), (title, number) => {
        const subject = number === null ? null : 'issue';
        // Narrower than git check-ref-format, and no part begins or ends with a dash.
        assert.match(toSuggestedBranch({ id: ID, subject, number, title }), /^fettle\/[a-z0-9]+(?:-[a-z0-9]+)*$/);
      }),
    );
  });
});
