import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findMarker, toMarker, toStickyMarker, withoutMarkers } from '../../core/marker.ts';
import { FORGE_KINDS } from '../../core/vocabulary.ts';
import { toForgeText, toMarkedText, toTitle } from './forge-text.ts';

const RUN = '0192e4a0-1111-8000-8000-00000000abcd';
const STRICT = { mentions: [], commands: false };
/** What a forge would take for a mention: an @ with a name right after it, however it is written. */
const MENTION = /(?<![A-Za-z0-9])(?:@|&#0*64;|&#x0*40;|&commat;)(?=[A-Za-z0-9_"{])/i;

describe('text for a forge', () => {
  it('calls nobody whom the rule does not allow', () => {
    const calling = [
      '@ada',
      'Hi @ada!',
      '(@ada)',
      '**@ada**',
      '_@ada_',
      '>@all',
      '&#64;ada',
      '&#x0040;ada',
      '&COMMAT;ada',
    ];
    calling.push('\\@ada', '@@ada', '@"Ada Byron"', '@{557058:8}', '`@ada`', 'é@ada', 'a\n@ada', '@dataforge/owners');
    for (const text of calling) {
      const harmless = toForgeText(text, STRICT);
      assert.doesNotMatch(harmless, MENTION, text);
      assert.equal(toForgeText(harmless, STRICT), harmless);
    }
    for (const text of ['ada@example.org', 'npm i left-pad@1.3.0', 'at 5 @ night']) {
      assert.equal(toForgeText(text, STRICT), text);
    }
  });

  it('calls those whom the rule allows, and nobody with a longer name', () => {
    const options = { mentions: ['ada', '@dataforge/owners'], commands: false };
    for (const text of ['@ada', '@Ada, look', '@ada.', '@dataforge/owners: please']) {
      assert.equal(toForgeText(text, options), text);
    }
    for (const text of ['@ada-2', '@adam', '@ada/team', '@ada.b', '@dataforge', '@dataforge/owners-2', '&#64;ada']) {
      assert.doesNotMatch(toForgeText(text, options), MENTION, text);
    }
  });

  it('commands neither a forge nor its bots', () => {
    const command = /(^|[\n\r\u2028])\s*\/\p{L}/u;
    for (const text of [
      '/close',
      'x\n/merge',
      'x\r\n/approve',
      'x\n  \t/assign @ada',
      'x\u2028/lgtm',
      'x\r/label ~bug',
    ]) {
      assert.match(text, command);
      assert.doesNotMatch(toForgeText(text, STRICT), command, text);
      assert.match(toForgeText(text, { mentions: [], commands: true }), command);
    }
    assert.equal(toForgeText('see /etc/hosts and a/b', STRICT), 'see /etc/hosts and a/b');
  });

  it('passes for no mark of Fettle', () => {
    for (const kind of FORGE_KINDS) {
      const copied = `x\n\n${toStickyMarker('ci', kind)}\n${toMarker({ run: RUN, hops: 0 }, kind)}`;
      const text = toForgeText(copied, STRICT);
      assert.equal(findMarker(text), undefined);
      assert.ok(!text.includes(toStickyMarker('ci', kind)));
      const marked = toMarkedText(text, { kind, run: 'another', hops: 4 });
      assert.deepEqual(findMarker(marked), { run: 'another', hops: 4 });
    }
  });
});

describe('marked text', () => {
  const marks = { kind: 'github', run: RUN, hops: 3, stickyKey: 'ci' } as const;

  it('fits and keeps its marks, whatever the text', () => {
    const texts = [
      'x'.repeat(200_000),
      '😀'.repeat(70_000),
      '`'.repeat(70_000),
      '\n'.repeat(70_000),
      `${'~'.repeat(59_999)}\n`,
    ];
    for (const kind of FORGE_KINDS) {
      for (const text of texts) {
        const marked = toMarkedText(text, { ...marks, kind });
        assert.ok(marked.length <= (kind === 'bitbucket' ? 32_768 : 65_536), `${kind}: ${marked.length}`);
        assert.ok(marked.isWellFormed());
        assert.deepEqual(findMarker(marked), { run: RUN, hops: 3 });
        assert.ok(marked.includes(toStickyMarker('ci', kind)));
      }
    }
    assert.match(toMarkedText('x'.repeat(200_000), marks), /Cut here: the text is 200000 characters long/);
  });

  it('keeps marks out of a block of code that was left open', () => {
    for (const open of ['```', '````js', '~~~']) {
      for (const text of [`Log:\n${open}\nline`, `Log:\n${open}\n${'line\n'.repeat(20_000)}`]) {
        const lines = toMarkedText(text, marks).split('\n');
        const fence = open.replace('js', '');
        assert.equal(lines.filter((line) => line.startsWith(fence)).length, 2, text.slice(0, 20));
      }
    }
    const closed = 'Log:\n```\nline\n```\ndone';
    assert.equal(withoutMarkers(toMarkedText(closed, marks)), closed);
  });

  it('is the text and its marks, for any short text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (raw) => {
        const text = toForgeText(raw, STRICT);
        const marked = toMarkedText(text, marks);
        assert.deepEqual(findMarker(marked), { run: RUN, hops: 3 });
        assert.ok(marked.startsWith(text.trimEnd()));
      }),
    );
  });
});

describe('title', () => {
  it('is one line that every forge takes', () => {
    assert.equal(toTitle(' a\r\n\tb\u0000\u2028c '), 'a b c');
    assert.equal(toTitle('x'.repeat(500)).length, 250);
    assert.ok(toTitle('😀'.repeat(500)).isWellFormed());
  });
});
