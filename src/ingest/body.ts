import type { IncomingMessage } from 'node:http';
import { FettleError } from '../core/errors.ts';

/**
 * Reads bodies without trusting their length: a body over the cap is refused as soon as that is known, and never kept. All bodies that
 * are being received share one budget of bytes, so that many large unverified requests cannot exhaust the memory.
 */
export interface BodyReader {
  /** @throws FettleError `body_too_large`, `too_busy`, or `invalid_request` when the client goes away or is too slow. */
  read(request: IncomingMessage): Promise<Buffer>;
  bytesInFlight(): number;
}

const RETRY_AFTER_SECONDS = 5;

export function createBodyReader(limits: {
  readonly maxBodyBytes: () => number;
  readonly maxBytesInFlight: () => number;
}): BodyReader {
  let bytesInFlight = 0;

  return {
    bytesInFlight: () => bytesInFlight,
    read(request) {
      const maxBytes = limits.maxBodyBytes();
      const announced = Number(request.headers['content-length'] ?? 0);
      return new Promise((resolve, reject) => {
        let held = 0;
        const chunks: Buffer[] = [];
        const finish = (outcome: () => void) => {
          bytesInFlight -= held;
          held = 0;
          request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
          outcome();
        };
        const refuse = (error: FettleError) =>
          finish(() => {
            chunks.length = 0;
            // The rest is not read; the connection ends with the answer.
            request.pause();
            reject(error);
          });
        const onData = (chunk: Buffer) => {
          held += chunk.length;
          bytesInFlight += chunk.length;
          if (held > maxBytes) refuse(toTooLarge(maxBytes));
          else if (bytesInFlight > limits.maxBytesInFlight()) refuse(toTooBusy());
          else chunks.push(chunk);
        };
        const onEnd = () => finish(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
        const onGone = () => refuse(new FettleError('invalid_request', 'The body ended before it was complete.'));

        if (announced > maxBytes) {
          reject(toTooLarge(maxBytes));
          return;
        }
        if (bytesInFlight + announced > limits.maxBytesInFlight()) {
          reject(toTooBusy());
          return;
        }
        request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
      });
    },
  };
}

function toTooLarge(maxBytes: number): FettleError {
  return new FettleError(
    'body_too_large',
    `The body is larger than ${maxBytes} bytes. \`ingest.maxBody\` sets the limit.`,
  );
}

function toTooBusy(): FettleError {
  return new FettleError('too_busy', 'Too many bytes are being received at this moment; send it again.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
