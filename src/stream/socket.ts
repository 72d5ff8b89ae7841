import type { WebSocket } from '@fastify/websocket';
import type { Sink } from './sink.ts';

/** The close code of RFC 6455 for a hub that stops. */
const GOING_AWAY = 1001;

/**
 * The stream on a WebSocket, as JSON messages: `{"type":"event","seq",…"event":<envelope>}`, `{"type":"gap","cursor","requested","oldest",
 * "latest"}` and `{"type":"heartbeat","seq"}`. A client keeps the last `seq` or `cursor` it saw and comes back with `?after=`.
 */
export function createSocketSink(socket: WebSocket): Sink {
  return {
    writeEvents: (batch) => {
      for (const event of batch.events) send(socket, event.socketMessage);
    },
    writeGap: (gap, cursor) => send(socket, JSON.stringify({ type: 'gap', cursor, ...gap })),
    writeHeartbeat: (seq) => send(socket, JSON.stringify({ type: 'heartbeat', ...(seq === null ? {} : { seq }) })),
    bufferedBytes: () => socket.bufferedAmount,
    drained: () => drained(socket),
    end: () => socket.close(GOING_AWAY, 'the hub is stopping'),
    cut: () => socket.terminate(),
  };
}

function send(socket: WebSocket, message: string | Buffer): void {
  if (socket.readyState === socket.OPEN) socket.send(message, { binary: false });
}

/** A ping is answered in order, after everything before it was read. */
async function drained(socket: WebSocket): Promise<void> {
  if (socket.readyState !== socket.OPEN || socket.bufferedAmount === 0) return;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      socket.off('pong', finish);
      socket.off('close', finish);
      resolve();
    };
    socket.on('pong', finish);
    socket.on('close', finish);
    socket.ping();
  });
}
