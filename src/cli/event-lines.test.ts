import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEventLines } from './event-lines.ts';

async function read(chunks: readonly string[]) {
  const lines: { text: string; seq: number }[] = [];
  try {
    for await (const line of readEventLines(
      new Response(ReadableStream.from(chunks.map((text) => Buffer.from(text)))).body,
    )) {
      lines.push(line);
    }
    return { lines, error: undefined };
  } catch (error) {
    return { lines, error: String(error) };
  }
}

test('lines are whole however the bytes are cut', async () => {
  const text = '{"seq":1,"title":"Ü"}\n{"seq":2}\n';
  const bytes = Buffer.from(text);
  const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
  const lines: number[] = [];
  for await (const { seq } of readEventLines(new Response(ReadableStream.from(chunks)).body)) lines.push(seq);
  assert.deepEqual(lines, [1, 2]);
});

test('half an event at the end is an error, after the whole ones', async () => {
  const { lines, error } = await read(['{"seq":1}\n{"se', 'q":2']);
  assert.deepEqual(
    lines.map(({ seq }) => seq),
    [1],
  );
  assert.match(error ?? '', /within an event/);
});

test('a line that is no event is an error', async () => {
  assert.match((await read(['<html>\n'])).error ?? '', /not JSON/);
  assert.match((await read(['{"id":1}\n'])).error ?? '', /not an event/);
  assert.equal((await read([])).error, undefined);
});
