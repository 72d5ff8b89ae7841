import type { Cli } from './cli.ts';
import type { ExitCode } from './exit-codes.ts';

/** One command: what it is called, what it takes, how it is used, and what it does. One file each in `commands/`. */
export interface CommandDefinition {
  /** Words after `fettle`: `token create`. */
  readonly path: string;
  /** One sentence for lists. */
  readonly summary: string;
  /** More for `--help`; the summary again when absent. */
  readonly description?: string | undefined;
  readonly arguments: readonly CommandArgument[];
  readonly options: readonly CommandOption[];
  /** Whole lines as they would be typed. At least one. */
  readonly examples: readonly string[];
  /** @throws FettleError for what can be expected to go wrong. */
  run(options: Readonly<Record<string, unknown>>, args: readonly string[], cli: Cli): Promise<ExitCode>;
}

export interface CommandArgument {
  /** `<forge>`, or `[event]` when it may be left out. */
  readonly name: string;
  readonly about: string;
}

export interface CommandOption {
  /** As commander reads them: `-o, --output <file>`. */
  readonly flags: string;
  readonly about: string;
  /** Turns the text into a value. @throws FettleError `invalid_request`. */
  readonly parse?: ((text: string) => unknown) | undefined;
  /** May be given several times; the value is then a list. */
  readonly repeatable?: true;
}

/** Options that every command takes. */
export interface CommonOptions {
  /** Machine-readable output. */
  readonly json?: true;
}

interface TypedDefinition<Options> extends Omit<CommandDefinition, 'arguments' | 'options' | 'run'> {
  readonly arguments?: readonly CommandArgument[];
  readonly options?: readonly CommandOption[];
  run(options: Options & CommonOptions, args: readonly string[], cli: Cli): Promise<ExitCode>;
}

/** A definition whose options have a type. `run` is only ever called with what its own `options` parse to. */
export function defineCommand<Options = unknown>(definition: TypedDefinition<Options>): CommandDefinition {
  return {
    ...definition,
    arguments: definition.arguments ?? [],
    options: definition.options ?? [],
    run: (options, args, cli) => definition.run(options as Options & CommonOptions, args, cli),
  };
}

/** `--config`, for commands that read the configuration. */
export const CONFIG_OPTION: CommandOption = {
  flags: '-c, --config <file>',
  about: 'configuration file; default fettle.yaml, or what FETTLE_CONFIG names',
};

/** `--url`, for commands that talk to a running hub. */
export const URL_OPTION: CommandOption = {
  flags: '-u, --url <url>',
  about: 'address of the running hub; default the address that the configuration makes it listen on',
};

export interface ConfigOption {
  readonly config?: string;
}

export interface HubOptions extends ConfigOption {
  readonly url?: string;
}
