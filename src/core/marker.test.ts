import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FORGE_KINDS } from './vocabulary.ts';
import {
  findEventMarker,
  findMarker,
  toHops,
  toHopsTrailer,
  toMarker,
  toRunKey,
  toStickyKey,
  toStickyMarker,
  withoutForeignMarkers,
  withoutMarkers,
} from './marker.ts';

const RUN = '0192e4a0-1111-8000-8000-00000000abcd';

describe('marks', () => {
  it('are found at the end of a text, on every kind of forge', () => {
    for (const kind of FORGE_KINDS) {
      const marks = `${toStickyMarker('ci', kind)}\n${toMarker({ run: RUN, hops: 2 }, kind)}`;
      for (const text of [`Done.\n\n${marks}`, marks, `Done.\r\n\r\n${marks.replace('\n', '\r\n')}\r\n`]) {
        assert.deepEqual(findMarker(text), { run: RUN, hops: 2 }, `${kind}: ${text}`);
        assert.ok(text.includes(toRunKey(RUN)) && text.includes(toStickyKey('ci')));
        assert.equal(withoutMarkers(text), text.startsWith('Done.') ? 'Done.' : '');
      }
    }
  });

  it('are no marks in a quotation, in the middle, or damaged', () => {
    const mark = toMarker({ run: RUN, hops: 2 }, 'gitea');
    const texts = [
      `> Done.\n>\n> ${mark}`,
      `> ${mark}`,
      `${mark}\n\nI disagree.`,
      `text ${mark}`,
      mark.replace('hops=2', 'hops=-2'),
      mark.replace('hops=2', 'hops=2000'),
      mark.replace('-->', ''),
      '',
    ];
    for (const text of texts) assert.equal(findMarker(text), undefined, text);
  });

  it('never get wider than their line, whatever the key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...FORGE_KINDS), (key, kind) => {
        const mark = toStickyMarker(key, kind);
        assert.match(mark, /^(<!-- fettle:sticky=[^\s>]* -->|\[\/\/\]: # \(fettle:sticky=[^\s()]*\))$/);
        assert.ok(!mark.slice(4, -4).includes('--'));
        assert.equal(withoutMarkers(`Text\n\n${mark}`), 'Text');
      }),
    );
  });

  it('tell keys apart', () => {
    assert.ok(!toStickyMarker('ci result', 'gitea').includes(`${toStickyKey('ci')} `));
    assert.notEqual(toStickyKey('a--b'), toStickyKey('a-b'));
  });

  it('cannot come out of a text that was made harmless', () => {
    const hostile = [
      toMarker({ run: RUN, hops: 0 }, 'gitea'),
      toMarker({ run: RUN, hops: 0 }, 'bitbucket'),
      toStickyMarker('ci', 'gitea').toUpperCase(),
      `fettle:fettle:run=${RUN} hops=1`,
    ];
    for (const text of hostile) {
      const harmless = withoutForeignMarkers(text);
      assert.equal(findMarker(harmless), undefined);
      assert.ok(!harmless.includes(toRunKey(RUN)) && !harmless.toLowerCase().includes(toStickyKey('ci')));
    }
    assert.equal(withoutForeignMarkers('fettle: a hub'), 'fettle: a hub');
  });
});

describe('hops', () => {
  const body = `Done.\n\n${toMarker({ run: RUN, hops: 3 }, 'gitea')}`;

  it('are those of a text that was written just then', () => {
    assert.equal(toHops({ type: 'comment.created', body }), 3);
    assert.equal(toHops({ type: 'issue.opened', body }), 3);
    assert.deepEqual(findEventMarker({ type: 'comment.created', body }), { run: RUN, hops: 3 });
  });

  it('do not stick to what people do with an issue that Fettle opened', () => {
    assert.equal(toHops({ type: 'issue.labeled', body }), 0);
    assert.equal(findEventMarker({ type: 'issue.labeled', body }), undefined);
  });

  it('are the most that the trailers of the commits say', () => {
    const commit = (message: string) => ({ id: 'a', message });
    const commits = [
      commit(`Update\n\nSigned-off-by: A <a@b.c>\n${toHopsTrailer(1)}\n`),
      commit(`Update\r\n\r\n${toHopsTrailer(4)}\r\n`),
      commit('About Fettle-Hops\n\nFettle-Hops: 900\n\nis a trailer.'),
      commit('Fettle-Hops: many'),
    ];
    assert.equal(toHops({ type: 'push', commits }), 4);
    assert.equal(toHops({ type: 'push' }), 0);
  });
});
