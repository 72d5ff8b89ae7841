import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Event, EventDraft } from '../../core/event.ts';
import { EVENT_TYPE_NAMES } from '../../core/event-types.ts';
import { FORGE_KINDS } from '../../core/vocabulary.ts';
import { listSamples, readExpectation } from '../../forges/samples.ts';
import { cleanText, toFirstLine } from '../../core/clean-text.ts';
import { toHtml } from './html.ts';
import { escapeMarkdown } from '../../core/escape-markdown.ts';
import { toMarkdown } from './markdown.ts';
import { type Message, type Part, toLink, toTextMessage } from './message.ts';
import { toPlainHeadline, toPlainText } from './plain-text.ts';
import { toSafeUrl } from './safe-url.ts';
import { toSlackText } from './slack-text.ts';
import { toMessage } from './to-message.ts';

function toEvent(fields: Partial<Event>): Event {
  return {
    seq: 1,
    id: '00000000-0000-7000-8000-000000000001',
    v: 1,
    type: 'push',
    forge: 'home',
    kind: 'gitea',
    origin: 'webhook',
    receivedAt: '2026-03-01T12:00:00.000Z',
    repo: { fullName: 'dataforge/app', owner: 'dataforge', name: 'app', url: 'https://git.example.org/dataforge/app' },
    actor: { login: 'ada', bot: false },
    ...fields,
  };
}

const toHeadline = (fields: Partial<Event>) => toPlainHeadline(toMessage(toEvent(fields)));

describe('the message of a push', () => {
  const cases: readonly (readonly [string, Partial<Event>, string])[] = [
    ['one commit', { branch: 'main', commitCount: 1 }, '[app] ada pushed 1 commit to main'],
    [
      'the true count, not that of a list that was cut',
      { branch: 'main', commitCount: 17, commits: [{ id: 'a', message: '' }] },
      '[app] ada pushed 17 commits to main',
    ],
    [
      'a forge that does not count',
      {
        branch: 'main',
        commits: [
          { id: 'a', message: 'x' },
          { id: 'b', message: 'y' },
        ],
      },
      '[app] ada pushed 2 commits to main',
    ],
    ['nothing new', { branch: 'main' }, '[app] ada pushed no new commits to main'],
    ['history rewritten', { branch: 'main', commitCount: 2, forced: true }, '[app] ada force-pushed 2 commits to main'],
    ['a new branch', { branch: 'x', created: true }, '[app] ada created branch x'],
    [
      'a new branch with commits',
      { branch: 'x', created: true, commitCount: 3 },
      '[app] ada pushed 3 commits to new branch x',
    ],
    ['a branch less', { branch: 'x', deleted: true, commitCount: 3 }, '[app] ada deleted branch x'],
    ['a tag', { tag: 'v1', created: true }, '[app] ada created tag v1'],
    ['a tag less', { tag: 'v1', deleted: true }, '[app] ada deleted tag v1'],
    ['a tag moved', { tag: 'v1', forced: true }, '[app] ada moved tag v1'],
    [
      'a bot',
      { branch: 'main', commitCount: 1, actor: { login: 'renovate', bot: true } },
      '[app] renovate (bot) pushed 1 commit to main',
    ],
    [
      'a bot that says so',
      { branch: 'main', commitCount: 1, actor: { login: 'x[bot]', bot: true } },
      '[app] x[bot] pushed 1 commit to main',
    ],
    [
      'a ref that is neither',
      { ref: 'refs/notes/commits', commitCount: 1 },
      '[app] ada pushed 1 commit to refs/notes/commits',
    ],
  ];
  for (const [title, fields, headline] of cases) {
    it(`tells ${title}`, () => assert.equal(toHeadline(fields), headline));
  }

  it('shows the five newest commits, newest first, and how many more there are', () => {
    const commits = Array.from({ length: 8 }, (_, index) => ({
      id: `${index}`.repeat(40),
      message: `\n  Change ${index}  \n\nmore`,
      url: `https://git.example.org/c/${index}`,
      author: { name: 'Ada' },
    }));
    const message = toMessage(toEvent({ branch: 'main', commits, commitCount: 20 }));
    assert.deepEqual(toPlainText(message).split('\n').slice(1), [
      ...[7, 6, 5, 4, 3].map((index) => `- ${`${index}`.repeat(8)} Change ${index} — Ada`),
      '- … and 15 more',
      'https://git.example.org/c/7',
    ]);
  });

  it('links the comparison, else the newest commit, else the repository', () => {
    const commits = [{ id: 'a', message: 'x', url: 'https://git.example.org/c/a' }];
    const compareUrl = 'https://git.example.org/x/compare/a_b...c~d';
    assert.equal(toMessage(toEvent({ branch: 'main', commits, compareUrl })).url, compareUrl);
    assert.equal(toMessage(toEvent({ branch: 'main', commits })).url, 'https://git.example.org/c/a');
    assert.equal(toMessage(toEvent({ branch: 'main' })).url, 'https://git.example.org/dataforge/app');
    assert.equal(toMessage(toEvent({ branch: 'main', compareUrl: 'javascript:alert(1)' })).url, null);
  });
});

describe('the message of any other event', () => {
  const drafts = FORGE_KINDS.flatMap((kind) => listSamples(kind)).flatMap((sample) => readExpectation(sample).drafts);

  it('says something of everything that forges send, in all forms', () => {
    for (const draft of drafts) {
      const message = toMessage(toEvent({ ...withoutAbsent(draft) }));
      const headline = toPlainHeadline(message);
      assert.match(headline, /^\[[^\]]+\] \S/, draft.type);
      assert.doesNotMatch(headline, /undefined|null|\{| {2}/, draft.type);
      for (const render of [toHtml, toSlackText, toMarkdown]) assert.ok(render(message).length >= headline.length);
    }
    const told = new Set(drafts.map(({ type }) => type));
    assert.deepEqual(
      EVENT_TYPE_NAMES.filter((type) => !told.has(type) && !type.startsWith('task.')),
      ['trigger.raised'],
    );
  });

  it('says something when the forge tells next to nothing', () => {
    for (const type of EVENT_TYPE_NAMES) {
      const { repo: _repo, actor: _actor, ...bare } = toEvent({ type });
      assert.match(toPlainHeadline(toMessage(bare)), /^\[home\] \S/);
    }
  });

  it('names a trigger, its rule and what it is about', () => {
    const fields: Partial<Event> = {
      type: 'trigger.raised',
      trigger: 'pipeline',
      cause: { id: 'x', type: 'issue.labeled', rule: 'start' },
      number: 12,
      title: 'Door',
    };
    assert.equal(toHeadline(fields), '[app] trigger pipeline was raised by rule start for #12 Door');
  });

  it('has a tone', () => {
    const tone = (conclusion: string) =>
      toMessage(toEvent({ type: 'check_run.completed', check: { conclusion } })).tone;
    assert.deepEqual([tone('success'), tone('timed_out'), tone('neutral')], ['good', 'bad', 'neutral']);
    assert.equal(toMessage(toEvent({ type: 'pull.merged' })).tone, 'good');
  });
});

describe('hostile text', () => {
  it('is one clean line of limited length', () => {
    assert.equal(cleanText(' a\r\n\tb\u0000\u001b[31m\u2028c ', 50), 'a b [31m c');
    assert.equal(cleanText('inv\u200bis\u{e0041}ible \u202egnp.exe\u2066', 50), 'invisible gnp.exe');
    assert.equal(cleanText('\ud83d', 50), '\ufffd');
    assert.equal(cleanText('\u{1f600}'.repeat(10), 6), '\u{1f600}\u{1f600}…');
    assert.equal(cleanText('👩‍👩‍👧 می‌خواهم', 50), '👩‍👩‍👧 می‌خواهم');
    assert.equal(toFirstLine('\n\n> quoted\r\nsaid\u2028more', 50), 'said');
    assert.equal(toFirstLine('x'.repeat(1_000_000), 10), `${'x'.repeat(9)}…`);
  });

  it('gives no address but a plain one', () => {
    assert.equal(toSafeUrl('https://h.example/a|b"c>d\\e?x=`y`'), 'https://h.example/a%7Cb%22c%3Ed/e?x=%60y%60');
    for (const bad of ['javascript:alert(1)', 'https://a@b.example/', '//h.example', 'data:text/html,x', '', undefined])
      assert.equal(toSafeUrl(bad), null);
    assert.equal(toSafeUrl(`https://h.example/${'x'.repeat(3_000)}`), null);
    assert.equal(toSafeUrl(`https://h.example/${'ü'.repeat(1_000)}`), null);
    assert.deepEqual(toLink('x', 'javascript:1'), { kind: 'text', text: 'x' });
  });

  it('is literal in Markdown', () => {
    assert.equal(
      escapeMarkdown('[x](http://e) **b** `c` <@1> #2'),
      '\\[x\\]\\(http://e\\) \\*\\*b\\*\\* \\`c\\` \\<@\u200b1\\> \\#2',
    );
    assert.equal(escapeMarkdown('- a'), '\\- a');
    assert.equal(escapeMarkdown('@everyone ada@example.org @x'), '@\u200beveryone ada@example.org @\u200bx');
    const message = toMessage(toEvent({ branch: '`x` @here', commitCount: 1, compareUrl: 'https://h.example/(a)' }));
    assert.equal(
      toMarkdown(message),
      "\\[app\\] ada pushed [1 commit](https://h.example/%28a%29) to `'x' @\u200bhere`",
    );
  });

  it('opens no link, code or mention in Slack and Mattermost', () => {
    const message = toMessage(
      toEvent({
        type: 'issue.opened',
        number: 1,
        title: '<!channel> `x` @all [a](http://e)',
        url: 'https://h.example/?a=1&b=2',
      }),
    );
    assert.equal(
      toSlackText(message),
      "[app] ada opened issue <https://h.example/?a=1&amp;b=2|#1 &lt;!channel&gt; 'x' @\u200ball [a] (http://e)>",
    );
  });

  const anything = fc.string({ unit: 'binary', maxLength: 400 });
  const hostile = fc.oneof(
    anything,
    fc.constantFrom(
      '</code><script>alert(1)</script>',
      '"><img src=x onerror=y>',
      'a|b>c',
      '\n\n# x',
      '\u202e',
      '`',
      '](x)',
      '&lt;',
    ),
    fc.webUrl(),
  );
  const messages: fc.Arbitrary<Message> = fc
    .record({
      type: fc.constantFrom(...EVENT_TYPE_NAMES),
      texts: fc.array(hostile, { minLength: 12, maxLength: 12 }),
      own: fc.boolean(),
    })
    .map(({ type, texts, own }) => {
      const [a = '', b = '', c = '', d = '', e = '', f = '', g = '', h = '', i = '', j = '', k = '', l = ''] = texts;
      if (own) return toTextMessage(texts.join('\n'));
      return toMessage(
        toEvent({
          type,
          repo: { name: a, fullName: b, owner: c, url: d },
          actor: { login: e, bot: true },
          title: f,
          body: g,
          url: h,
          label: i,
          branch: j,
          compareUrl: k,
          commits: [{ id: l, message: f, url: h, author: { name: e } }],
          check: { name: i, conclusion: j, url: d, branch: k },
          release: { tag: l, name: a },
          pages: [{ title: b, url: c }],
          native: { event: d, action: e },
          trigger: g,
          cause: { id: 'x', type: 'push', rule: i },
        }),
      );
    });

  it('never leaves its place in plain text', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const breaks = message.headline.filter((part) => part.kind === 'break').length;
        const lines = toPlainText(message).split('\n');
        assert.equal(lines.length, 1 + breaks + message.details.length + (message.url === null ? 0 : 1));
        for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
        assert.ok(toPlainText(message).length < 20_000);
      }),
    );
  });

  it('never becomes a tag or an attribute in HTML', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const links = countParts(message, 'link');
        const html = toHtml(message);
        const bare = html.replace(/<a href="https?:\/\/[^"<>]*">/g, '').replace(/<\/?(?:code|ul|li)>|<br>|<\/a>/g, '');
        assert.doesNotMatch(bare, /[<>"']/);
        assert.doesNotMatch(bare, /&(?!amp;|lt;|gt;|quot;|#39;)/);
        assert.equal(html.split('<a href="').length - 1, links);
      }),
    );
  });

  it('never becomes a link or a mention in Slack', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const text = toSlackText(message);
        assert.equal(text.split('<').length - 1, countParts(message, 'link'));
        assert.doesNotMatch(text.replace(/<https?:\/\/[^|<>]*\|[^<>|]*(?:\|[^<>]*)?>/g, ''), /[<>]/);
        assert.doesNotMatch(text, /(?<![\w.+-])@(?:here|all|channel)/);
      }),
    );
  });

  it('never becomes a link in Markdown', () => {
    fc.assert(
      fc.property(messages, (message) => {
        // What is left without escaped characters, code and the ends of links is read as it stands.
        const bare = toMarkdown(message).replace(/\\[^a-zA-Z\d\s]|`[^`\n]*`|\]\(https?:[^()\s]*\)/g, '');
        assert.equal(bare.split('[').length - 1, countParts(message, 'link'));
        assert.doesNotMatch(bare, /[<>*_~#|`\]()]/);
      }),
    );
  });
});

function countParts({ headline, details }: Message, kind: Part['kind']): number {
  return [headline, ...details].flat().filter((part) => part.kind === kind).length;
}

/** Expected files say null for what must be absent. */
function withoutAbsent(draft: EventDraft): Partial<Event> {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== null)) as Partial<Event>;
}
