import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { toForeignCode, toForeignLine, toForeignQuote } from './foreign-text.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .array(
      fc.constantFrom(
        '<!--',
        '-->',
        '<b>',
        '@ada',
        '`',
        '```',
        '\n',
        '\r',
        '> ',
        '# ',
        '- ',
        '1. ',
        '[x](y)',
        '![x](y)',
        '\u202e',
        '|',
        '\\',
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
);

it('makes one literal line of any text', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const line = toForeignLine(text, 200);
      // Every sign of markup has a backslash before it that is not itself escaped.
      assert.equal(line.replaceAll(/\\[\\`*_~|[\](){}<>#&!$+=-]/g, '').search(/[\\`*_~|[\](){}<>#&$]/), -1, line);
      assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\u202e]|(?<![\w.+-])@\w/u);
      assert.ok(line.length <= 402);
    }),
  );
});

it('makes a quotation of any text that cannot be left', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const quote = toForeignQuote(text, 200);
      for (const line of quote === '' ? [] : quote.split('\n')) assert.match(line, /^> ./);
    }),
  );
  assert.equal(toForeignQuote('one\r\n\r\ntwo', 100), '> one  \n> two');
  assert.match(toForeignQuote('line\n'.repeat(100), 1_000), /(?:> line {2}\n){30}> …$/);
  assert.equal(toForeignQuote(' <!-- only hidden --> ', 100), '');
});

it('makes a code span of any name', () => {
  fc.assert(fc.property(hostile, (text) => assert.match(toForeignCode(text, 50), /^`[^`\p{Cc}]{1,50}`$/u)));
});

it('takes no longer for huge texts', () => {
  for (const text of ['<!--'.repeat(250_000), '<'.repeat(1_000_000), '\n'.repeat(1_000_000), '-->'.repeat(300_000)])
    assert.ok(toForeignQuote(text, 2_000).length < 10_000);
});
