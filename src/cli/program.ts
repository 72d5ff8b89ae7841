import { Command, InvalidArgumentError, Option } from 'commander';
import { FettleError } from '../core/errors.ts';
import type { Cli } from './cli.ts';
import type { CommandDefinition, CommandOption } from './command.ts';
import { check } from './commands/check.ts';
import { config } from './commands/config.ts';
import { demo } from './commands/demo.ts';
import { doctor } from './commands/doctor.ts';
import { exportEvents } from './commands/export.ts';
import { forgeList } from './commands/forge-list.ts';
import { forgeSecret } from './commands/forge-secret.ts';
import { hooksInstall } from './commands/hooks-install.ts';
import { hooksList } from './commands/hooks-list.ts';
import { hooksRemove } from './commands/hooks-remove.ts';
import { hooksRotateSecret } from './commands/hooks-rotate-secret.ts';
import { hooksVerify } from './commands/hooks-verify.ts';
import { inboxDrain } from './commands/inbox-drain.ts';
import { ledgerNodes } from './commands/ledger-nodes.ts';
import { ledgerRuns } from './commands/ledger-runs.ts';
import { mcp } from './commands/mcp.ts';
import { replay } from './commands/replay.ts';
import { rulesActions } from './commands/rules-actions.ts';
import { rulesExplain } from './commands/rules-explain.ts';
import { rulesList } from './commands/rules-list.ts';
import { rulesPauses } from './commands/rules-pauses.ts';
import { rulesShow } from './commands/rules-show.ts';
import { rulesTest } from './commands/rules-test.ts';
import { runsBreakers } from './commands/runs-breakers.ts';
import { runsCancel } from './commands/runs-cancel.ts';
import { runsList } from './commands/runs-list.ts';
import { runsRedrive } from './commands/runs-redrive.ts';
import { runsShow } from './commands/runs-show.ts';
import { send } from './commands/send.ts';
import { serve } from './commands/serve.ts';
import { tasksAgents } from './commands/tasks-agents.ts';
import { tasksApprove } from './commands/tasks-approve.ts';
import { tasksAsk } from './commands/tasks-ask.ts';
import { tasksCancel } from './commands/tasks-cancel.ts';
import { tasksClaim } from './commands/tasks-claim.ts';
import { tasksComplete } from './commands/tasks-complete.ts';
import { tasksFail } from './commands/tasks-fail.ts';
import { tasksHeartbeat } from './commands/tasks-heartbeat.ts';
import { tasksList } from './commands/tasks-list.ts';
import { tasksOpen } from './commands/tasks-open.ts';
import { tasksQuarantine } from './commands/tasks-quarantine.ts';
import { tasksReject } from './commands/tasks-reject.ts';
import { tasksRelease } from './commands/tasks-release.ts';
import { tasksRequeue } from './commands/tasks-requeue.ts';
import { tasksShow } from './commands/tasks-show.ts';
import { tasksWaive } from './commands/tasks-waive.ts';
import { tokenCreate } from './commands/token-create.ts';
import { tokenList } from './commands/token-list.ts';
import { tokenRevoke } from './commands/token-revoke.ts';
import { tokenSignIn } from './commands/token-sign-in.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

/** Every command, in the order of `--help`. To add one: a file in `commands/`, a line here, a section in docs/cli.md. */
export const COMMANDS: readonly CommandDefinition[] = [
  serve,
  check,
  config,
  doctor,
  send,
  demo,
  tokenCreate,
  tokenList,
  tokenRevoke,
  tokenSignIn,
  forgeList,
  forgeSecret,
  hooksInstall,
  hooksList,
  hooksVerify,
  hooksRotateSecret,
  hooksRemove,
  rulesList,
  rulesShow,
  rulesActions,
  rulesExplain,
  rulesTest,
  rulesPauses,
  runsList,
  runsShow,
  runsRedrive,
  runsCancel,
  runsBreakers,
  replay,
  tasksList,
  tasksShow,
  tasksClaim,
  tasksHeartbeat,
  tasksAsk,
  tasksComplete,
  tasksFail,
  tasksRelease,
  tasksOpen,
  tasksApprove,
  tasksReject,
  tasksCancel,
  tasksRequeue,
  tasksQuarantine,
  tasksWaive,
  tasksAgents,
  mcp,
  ledgerNodes,
  ledgerRuns,
  exportEvents,
  inboxDrain,
];

/** What the first words of commands with two words are about. */
const GROUPS: Readonly<Record<string, string>> = {
  token: 'Make, list and revoke access tokens; make sign-in links.',
  forge: 'The configured forges and their webhook secrets.',
  hooks: 'Webhooks to this hub on the forges: install, list, compare, give a new secret, remove.',
  rules: 'The rules in force and those of recipes.',
  runs: 'What rules set off: look, redrive, cancel.',
  tasks: 'Work for agents: look, claim, report, decide.',
  ledger: 'The run ledger: what ran, by node.',
  inbox: 'Deliveries that wait on disk for the database.',
};

/** The parser of the command line; `onResult` is told the exit code of the command that ran. */
export function createProgram(cli: Cli, onResult: (code: ExitCode) => void): Command {
  const program = configure(new Command('fettle'), cli)
    .description('One hub between your Git forges and everything that should happen when something happens there.')
    .version(cli.version, '-V, --version', 'print the version')
    .usage('[command] [options]')
    .addHelpText(
      'after',
      `\n${toExitCodeHelp()}\n\nWithout a command the hub starts. Each command has its own --help.`,
    );
  for (const definition of COMMANDS) addCommand(program, definition, cli, onResult);
  return program;
}

function addCommand(
  program: Command,
  definition: CommandDefinition,
  cli: Cli,
  onResult: (code: ExitCode) => void,
): void {
  const [first = '', second] = definition.path.split(' ');
  const parent = second === undefined ? program : ensureGroup(program, first, cli);
  const command = configure(parent.command(second ?? first), cli)
    .summary(definition.summary)
    .description(definition.description ?? definition.summary)
    .option('--json', 'machine-readable output')
    .addHelpText('after', `\nExamples:\n${definition.examples.map((line) => `  $ ${line}`).join('\n')}`);
  for (const { name, about } of definition.arguments) command.argument(name, about);
  for (const option of definition.options) command.addOption(toOption(option));
  command.action(async () => {
    onResult(await definition.run(command.opts(), command.args, cli));
  });
}

function ensureGroup(program: Command, name: string, cli: Cli): Command {
  const known = program.commands.find((command) => command.name() === name);
  return known ?? configure(program.command(name), cli).description(GROUPS[name] ?? '');
}

function configure(command: Command, cli: Cli): Command {
  return command
    .exitOverride()
    .helpCommand(false)
    .showSuggestionAfterError()
    .allowExcessArguments(false)
    .configureOutput({
      writeOut: (text) => void cli.stdout.write(text),
      writeErr: (text) => void cli.stderr.write(text),
      outputError: (text, write) => write(`${text.trimEnd()} See \`${toName(command)} --help\`.\n`),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

function toOption({ flags, about, parse, repeatable }: CommandOption): Option {
  const option = new Option(flags, repeatable === true ? `${about}; may be given several times` : about);
  if (parse === undefined && repeatable !== true) return option;
  return option.argParser((text: string, previous: unknown) => {
    const value = parse === undefined ? text : parseOr(parse, text);
    return repeatable === true ? [...((previous as unknown[] | undefined) ?? []), value] : value;
  });
}

function parseOr(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw error instanceof FettleError ? new InvalidArgumentError(error.message) : error;
  }
}

function toName(command: Command): string {
  return command.parent === null ? command.name() : `${toName(command.parent)} ${command.name()}`;
}

function toExitCodeHelp(): string {
  return ['Exit codes:', ...Object.entries(EXIT_CODES).map(([code, meaning]) => `  ${code}  ${meaning}`)].join('\n');
}
