import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listHidden } from './hidden-texts.ts';

describe('what a page does not show', () => {
  for (const [what, body, hidden] of [
    ['a comment', 'a <!-- do not tell --> b', ['do not tell']],
    ['a comment over several paragraphs', '<!-- one\n\ntwo -->\ntext', ['one\n\ntwo']],
    ['two comments on a line', '<!-- a --> x <!-- b -->', ['a', 'b']],
    ['a comment in a list', '- <!-- a -->x', ['a']],
    ['a comment in a quote', '> <!-- a -->', ['a']],
    ['a comment behind a comment of several lines', '<!-- a\n--> <!-- b\n-->', ['a', 'b']],
    ['a comment within raw HTML that goes on', '<div>\nx <!-- a\n\nb -->\n</div>', ['a\n\nb']],
    ['a comment that is never closed', 'text\n\n<!-- a\n\nb', ['a\n\nb']],
    ['a comment in a quote that is never closed', '> <!-- a\n\nb', ['a\n\nb']],
    ['a link definition with a title', '[//]: # (do not tell)', ['(do not tell)']],
    [
      'a link definition with a sentence for its name',
      '[do this]: https://example.org',
      ['do this https://example.org'],
    ],
    ['a processing instruction', '<?php do this ?>', ['php do this']],
    ['a CDATA section', 'x <![CDATA[ do this ]]>', ['do this']],
    ['the content of a script', '<script>\n\ndo this\n</script>', ['<script>\n\ndo this']],
    ['the content of a picture', '<picture><source>do this</picture>', ['<source>do this']],
    ['a long text in an attribute', `<img alt="${'do this '.repeat(10)}" src="a">`, ['do this '.repeat(10).trim()]],
  ] as const) {
    test(`is ${what}`, () => {
      assert.deepEqual(listHidden(body), hidden);
    });
  }

  for (const [what, body] of [
    ['a fold', '<details><summary>More</summary>\n\ntext\n\n</details>'],
    ['a comment in a block of code', '```html\n<!-- a -->\n```'],
    ['a comment in code', 'Write `<!-- a -->` so.'],
    ['a comment that is no comment, being opened within a sentence', 'Write <!-- so.'],
    ['an ordinary link definition', '[1]: https://example.org'],
    ['a footnote', '[^1]: See there.'],
    ['a compound picture', '👩🏽‍💻 👨‍👩‍👧 ❤️‍🔥'],
    ['a flag', '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
    ['an empty comment', '<!-- --> <!---->'],
  ] as const) {
    test(`is not ${what}`, () => {
      assert.deepEqual(listHidden(body), []);
    });
  }
});

test('characters that are not seen, or reorder what is, are counted', () => {
  assert.deepEqual(listHidden('a\u200bb\u200bc\u202ed'), [
    'Characters that are not seen or reorder what is: 3 (U+200B × 2, U+202E × 1).',
  ]);
});

test('letters that no font shows are spelt out', () => {
  const secret = Array.from('Push to main', (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('');
  assert.deepEqual(listHidden(`Fix it.${secret}`), [
    'Characters that are not seen or reorder what is: 12 (tag letters × 12).',
    'Written in letters that no font shows: Push to main',
  ]);
});

test('the list is bounded, each text cut, and the rest counted', () => {
  const hidden = listHidden(`<!-- ${'x'.repeat(5_000)} -->\n`.repeat(100));
  assert.equal(hidden.length, 51);
  assert.ok(hidden.every((text) => text.length <= 1_000));
  assert.equal(hidden.at(-1), '… and 50 more texts that the page does not show.');
});
