import { once } from 'node:events';
import { basename } from 'node:path';
import pino, { type DestinationStream, type Logger } from 'pino';
import { FettleError } from '../core/errors.ts';
import { redactFacts, redactText, toErrorFacts } from './redaction.ts';

export interface LogOptions {
  /** trace, debug, info, warn, error, fatal or silent. */
  readonly level: string;
  /** Also write to this file, rotated daily and by size. */
  readonly file: string | null;
  readonly maxSizeBytes: number;
  /** Rotated files kept besides the present one. */
  readonly keepFiles: number;
  /** Where lines go instead of the standard output: a terminal's readable form, or a test. */
  readonly destination?: DestinationStream | undefined;
}

export interface Log {
  readonly log: Logger;
  /** Takes effect at once, also for child loggers made after it. */
  readonly setLevel: (level: string) => void;
  /** Writes out what is buffered and closes the file. Call last. */
  readonly close: () => Promise<void>;
}

/**
 * The log: one JSON object per line, a static message and the facts as fields, without secrets. Writing is asynchronous, so a
 * slow terminal or disk does not hold up a request; what is buffered is written when the process exits.
 *
 * @throws {FettleError} `config_invalid` when the log file cannot be opened.
 */
export async function createLog(options: LogOptions): Promise<Log> {
  const standardOutput = options.destination ?? pino.destination({ dest: 1, sync: false });
  const file = options.file === null ? undefined : await openFile(options.file, options);
  // A full disk must not end the hub for want of its log; the other stream goes on and says so.
  file?.on('error', (error: Error) => {
    const line = { level: 'error', time: new Date().toISOString(), err: toErrorFacts(error), msg: 'log.file_failed' };
    standardOutput.write(`${JSON.stringify(line)}\n`);
  });
  const streams = [standardOutput, ...(file === undefined ? [] : [file])];

  const log = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Errors are already plain when they come here; pino's own serialiser would take them for errors again.
      serializers: { err: (facts: unknown) => facts },
      formatters: {
        level: (level) => ({ level }),
        log: (facts) => redactFacts(facts),
      },
      hooks: {
        logMethod(input, method) {
          method.apply(this, redactInput(input));
        },
      },
    },
    pino.multistream(streams.map((stream) => ({ level: 'trace', stream }))),
  );

  // pino applies no formatter to the bindings of child loggers; children inherit this method.
  const open = log as unknown as { child: CreateChild };
  const createChild = open.child;
  open.child = function createRedactedChild(bindings, childOptions) {
    return createChild.call(this, redactFacts(bindings), childOptions);
  };

  return {
    log,
    setLevel: (level) => {
      log.level = level;
    },
    async close() {
      if ('flushSync' in standardOutput && typeof standardOutput.flushSync === 'function') standardOutput.flushSync();
      if (file === undefined) return;
      await new Promise<void>((resolve) => {
        file.once('close', resolve);
        file.end();
      });
    },
  };
}

async function openFile(file: string, { maxSizeBytes, keepFiles }: LogOptions) {
  const extension = /\.[^.]+$/.exec(basename(file))?.[0] ?? '.log';
  // Loaded only when there is a file to write: it brings a calendar along that takes long to load.
  const { default: openRolledFile } = await import('pino-roll');
  const stream = await openRolledFile({
    file: file.endsWith(extension) ? file.slice(0, -extension.length) : file,
    extension,
    frequency: 'daily',
    dateFormat: 'yyyy-MM-dd',
    size: `${maxSizeBytes}b`,
    limit: { count: keepFiles, removeOtherLogFiles: true },
    mkdir: true,
    sync: false,
  });
  try {
    await once(stream, 'ready');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FettleError('config_invalid', `The log file ${file} (log.file) cannot be written: ${reason}.`, {
      cause: error,
    });
  }
  return stream;
}

type CreateChild = (this: Logger, bindings: pino.Bindings, options?: pino.ChildLoggerOptions) => Logger;

type LogInput = Parameters<pino.LogFn>;

/** Without a message, pino would take the one of the error as it is. */
function redactInput(input: LogInput): LogInput {
  const [first, ...rest] = input as unknown[];
  const error = first instanceof Error ? first : toNamedError(first);
  const parts = rest.length === 0 && error !== undefined ? [first, error.message] : [first, ...rest];
  return parts.map((part) => (typeof part === 'string' ? redactText(part) : part)) as LogInput;
}

function toNamedError(facts: unknown): Error | undefined {
  if (typeof facts !== 'object' || facts === null || !('err' in facts)) return undefined;
  return facts.err instanceof Error ? facts.err : undefined;
}
