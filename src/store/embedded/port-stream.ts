import { Duplex } from 'node:stream';

/** The end of the worker that a stream needs. */
export interface SessionHost {
  /** Takes the session for this stream; calls `opened`, then `receive` per reply, or `destroy` when the worker is lost. */
  openSession(stream: PortStream): void;
  send(stream: PortStream, bytes: Uint8Array<ArrayBuffer>): void;
  closeSession(stream: PortStream): void;
}

/**
 * What `pg` takes for a socket: a Duplex whose other end is the database worker. `pg` corks the messages of one statement, so
 * each write carries a whole exchange.
 */
export class PortStream extends Duplex {
  readonly #host: SessionHost;

  constructor(host: SessionHost) {
    super();
    this.#host = host;
  }

  /** The part of `net.Socket` that `pg` calls. There is no address; the session is opened. */
  connect(): this {
    this.#host.openSession(this);
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /** The session is ours: `pg` may send its startup message. */
  opened(): void {
    this.emit('connect');
  }

  receive(bytes: Uint8Array): void {
    this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  override _read(): void {
    // Replies are pushed as they come; there is nothing to ask for.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    this.#host.send(this, new Uint8Array(chunk));
    callback();
  }

  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error) => void): void {
    this.#host.send(this, new Uint8Array(Buffer.concat(chunks.map(({ chunk }) => chunk))));
    callback();
  }

  override _final(callback: (error?: Error) => void): void {
    this.push(null);
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#host.closeSession(this);
    callback(error);
  }
}
