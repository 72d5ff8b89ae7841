import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { FettleError } from '../../core/errors.ts';
import type { Cli } from '../cli.ts';
import { CONFIG_OPTION, type CommandOption, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { readEventLines } from '../event-lines.ts';
import { reportError } from '../report-error.ts';

const FILTERS = ['forge', 'repo', 'type', 'action', 'trigger', 'actor', 'label'] as const;

const FILTER_OPTIONS: readonly CommandOption[] = FILTERS.map((name) => ({
  flags: `--${name} <${name === 'repo' || name === 'type' ? 'glob' : 'value'}>`,
  about: `only events with this ${name}`,
  repeatable: true,
}));

type Options = HubOptions & {
  readonly [name in (typeof FILTERS)[number]]?: readonly string[];
} & {
  readonly format?: 'json' | 'jsonl';
  readonly after?: string;
  readonly before?: string;
  readonly limit?: string;
  readonly output?: string;
  readonly append?: true;
};

/** Oldest first, so that an export that broke off can be continued after the last `seq` it wrote. */
export const exportEvents = defineCommand<Options>({
  path: 'export',
  summary: 'Write the activity log of the running hub, oldest first, as JSON Lines or JSON.',
  description:
    'Streams the activity log of the running hub, oldest first. Only whole events are written. When the stream breaks off the exit code is 5 and the message names the seq to continue after.',
  options: [
    { flags: '--format <format>', about: 'jsonl (one event per line, default) or json (one list)', parse: toFormat },
    { flags: '--after <seq>', about: 'only events after this one', parse: toCount },
    { flags: '--before <seq>', about: 'only events before this one', parse: toCount },
    { flags: '--limit <count>', about: 'at most so many events', parse: toCount },
    ...FILTER_OPTIONS,
    { flags: '-o, --output <file>', about: 'write to this file instead of the standard output' },
    { flags: '--append', about: 'add to the file instead of replacing it' },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: [
    'fettle export --output activity.jsonl',
    "fettle export --type 'pull.*' --repo 'dataforge/*' --format json",
    'fettle export --after 4120 --output activity.jsonl --append',
  ],
  async run(options, _args, cli) {
    const asList = (options.format ?? 'jsonl') === 'json';
    if (asList && options.append) {
      throw new FettleError('invalid_request', '--append adds lines; it goes with --format jsonl only.');
    }
    const { hub } = await findHub(options, cli);
    const response = await hub.open(`/activity?${toQuery(options).toString()}`);
    const sink = await openSink(options, cli);
    let last = Number(options.after ?? 0);
    let count = 0;
    let broken: unknown;
    try {
      await sink.write(asList ? '[' : '');
      for await (const { text, seq } of readEventLines(response.body)) {
        const separator = asList && count > 0 ? ',' : '';
        await sink.write(asList ? `${separator}\n${text}` : `${text}\n`);
        count += 1;
        last = seq;
      }
    } catch (error) {
      if (error instanceof FettleError && error.code === 'invalid_request') throw error;
      broken = error;
    }
    await sink.write(asList ? '\n]\n' : '');
    await sink.close();
    if (broken !== undefined) {
      const detail = `The export broke off after ${count} events. Continue with --after ${last}${options.output === undefined ? '' : ' --append'}.`;
      reportError(new FettleError('upstream_failed', detail, { cause: broken }), options.json === true, cli);
      return 5;
    }
    if (options.output !== undefined)
      cli.stderr.write(`${count} events written to ${options.output}; the last seq is ${last}.\n`);
    return 0;
  },
});

function toQuery(options: Options): URLSearchParams {
  const query = new URLSearchParams({ format: 'jsonl', order: 'asc' });
  for (const name of FILTERS) for (const value of options[name] ?? []) query.append(name, value);
  for (const name of ['after', 'before', 'limit'] as const) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  return query;
}

interface Sink {
  /** Resolves when more may be written. @throws FettleError `invalid_request` when the file cannot be written. */
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

async function openSink({ output, append }: Options, cli: Cli): Promise<Sink> {
  if (output === undefined) return { write: (text) => writeTo(cli.stdout, text), close: async () => undefined };
  const file = createWriteStream(resolve(cli.cwd, output), { flags: append ? 'a' : 'w' });
  const toFailure = (error: unknown) =>
    new FettleError(
      'invalid_request',
      `${output} cannot be written (${(error as NodeJS.ErrnoException).code}). Check the path and the free space.`,
    );
  try {
    await once(file, 'open');
  } catch (error) {
    throw toFailure(error);
  }
  return {
    write: (text) =>
      writeTo(file, text).catch((error: unknown) => {
        throw toFailure(error);
      }),
    async close() {
      file.end();
      await finished(file).catch((error: unknown) => {
        throw toFailure(error);
      });
    },
  };
}

async function writeTo(stream: Writable, text: string): Promise<void> {
  if (text !== '' && !stream.write(text)) await once(stream, 'drain');
}

function toFormat(text: string): string {
  if (text === 'json' || text === 'jsonl') return text;
  throw new FettleError('invalid_request', 'Formats are jsonl and json.');
}

function toCount(text: string): string {
  if (/^\d{1,15}$/.test(text)) return text;
  throw new FettleError('invalid_request', 'A whole number is wanted.');
}
