import { connect, type Socket } from 'node:net';

/**
 * One keep-alive connection with one request on its way at a time. It writes prepared bytes and reads no more of the answer than its
 * status and its end: the generator shares the machine with the server, and an HTTP client that does more would take the
 * processor from what is measured.
 */
export interface LoadConnection {
  /** Sends a request; `done` gets the status, or 0 when the connection failed. */
  send(request: Buffer, done: (status: number) => void): void;
  close(): void;
}

const STATUS_AT = 'HTTP/1.1 '.length;
const HEAD_END = '\r\n\r\n';

export async function openLoadConnection(port: number): Promise<LoadConnection> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let finish: ((status: number) => void) | undefined;
  let received = '';

  const end = (status: number) => {
    const done = finish;
    finish = undefined;
    received = '';
    done?.(status);
  };
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
    if (isWholeAnswer(received)) end(Number(received.slice(STATUS_AT, STATUS_AT + 3)));
  });
  socket.on('close', () => end(0));
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('error', () => socket.destroy());

  return {
    send(request, done) {
      if (socket.destroyed) {
        done(0);
        return;
      }
      finish = done;
      socket.write(request);
    },
    close: () => socket.destroy(),
  };
}

function isWholeAnswer(text: string): boolean {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd === -1) return false;
  const bodyStart = headEnd + HEAD_END.length;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd));
  if (length !== null) return text.length - bodyStart >= Number(length[1]);
  return text.endsWith('0\r\n\r\n');
}
