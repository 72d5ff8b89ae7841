import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Sink } from './sink.ts';

/**
 * Opens server-sent events on a response: https://html.spec.whatwg.org/multipage/server-sent-events.html. The headers leave at once, so that
 * a client knows that it is connected before anything happens. The body ends with the connection, without chunks: a chunk would
 * cost two more writes per event and client.
 */
export function createSseSink(response: ServerResponse, headers: OutgoingHttpHeaders, reconnectMs: number): Sink {
  response.shouldKeepAlive = false;
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // nginx would collect events until its buffer is full.
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
  // A peer that resets the connection is an ordinary end; `close` follows.
  response.on('error', () => response.destroy());
  response.write(toRetry(reconnectMs));

  return {
    writeEvents: (batch) => write(response, batch.sseFrames),
    writeGap: (gap, cursor) => write(response, `id: ${cursor}\nevent: gap\ndata: ${JSON.stringify(gap)}\n\n`),
    // A block without data changes the client's cursor and raises no event.
    writeHeartbeat: (cursor) => write(response, cursor === null ? ':\n\n' : `id: ${cursor}\n\n`),
    bufferedBytes: () => response.writableLength,
    drained: () => drained(response),
    end: () => {
      if (!response.destroyed) response.end(toRetry(reconnectMs));
    },
    cut: () => response.destroy(),
  };
}

function write(response: ServerResponse, text: string | Buffer): void {
  if (!response.destroyed && !response.writableEnded) response.write(text);
}

async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed || !response.writableNeedDrain) return;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      response.off('drain', finish);
      response.off('close', finish);
      resolve();
    };
    response.on('drain', finish);
    response.on('close', finish);
  });
}

function toRetry(reconnectMs: number): string {
  return `retry: ${reconnectMs}\n\n`;
}
