import { dirname } from 'node:path';
import { ACTIONS } from '../../actions/registry.ts';
import type { Config, RuleConfig } from '../../config/config.ts';
import type { LoadedConfig } from '../../config/load-config.ts';
import { toProblemLine } from '../../config/problem.ts';
import { systemClock } from '../../core/clock.ts';
import { FettleError } from '../../core/errors.ts';
import { createOutgoingHttp } from '../../network/outgoing-http.ts';
import { createRuleSet } from '../../rules/rule-set.ts';
import type { Cli } from '../cli.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { checkDataDir } from '../doctor/check-data-dir.ts';
import { checkForge } from '../doctor/check-forge.ts';
import { checkHub } from '../doctor/check-hub.ts';
import { checkMail } from '../doctor/check-mail.ts';
import { checkMatrix } from '../doctor/check-matrix.ts';
import { checkPrograms } from '../doctor/check-programs.ts';
import { checkReachability } from '../doctor/check-reachability.ts';
import { checkRepositoryRules } from '../doctor/check-repository-rules.ts';
import { checkSecrets } from '../doctor/check-secrets.ts';
import { checkTasks } from '../doctor/check-tasks.ts';
import { fail, type Finding, ok, warn } from '../doctor/finding.ts';
import { listCalls } from '../doctor/written-calls.ts';
import { createHubClient } from '../hub-client.ts';
import { findOwnAddress, readLocalConfig } from '../local-config.ts';
import { createColours, toHarmlessText, writeJson, writeLine } from '../terminal.ts';

/** Looks at everything that has to be right, changes nothing, and says what to do. Works with or without a running hub. */
export const doctor = defineCommand<HubOptions>({
  path: 'doctor',
  summary: 'Check configuration, disk, database, forges, what actions need, and the way between them.',
  description:
    'Checks what has to be right for the hub to work, changes nothing, and says what to do about each thing that is not. Exit code 1 when a check fails; warnings leave it at 0.',
  options: [CONFIG_OPTION, URL_OPTION],
  examples: ['fettle doctor', 'fettle doctor --json'],
  async run(options, _args, cli) {
    const findings = await examine(options, cli);
    const isWell = findings.every(({ status }) => status !== 'fail');
    if (options.json) {
      writeJson(cli, { ok: isWell, findings });
      return isWell ? 0 : 1;
    }
    const colours = createColours(cli.stdout, cli.environment);
    const marks = { ok: colours.green('ok  '), warn: colours.yellow('warn'), fail: colours.red('FAIL') };
    for (const { name, status, detail, advice } of findings) {
      writeLine(cli, `${marks[status]}  ${name}: ${toHarmlessText(detail)}`);
      if (advice !== undefined) writeLine(cli, `      ${advice}`);
    }
    return isWell ? 0 : 1;
  },
});

async function examine(options: HubOptions, cli: Cli): Promise<Finding[]> {
  let loaded: LoadedConfig;
  let rules: readonly RuleConfig[];
  try {
    loaded = await readLocalConfig(cli, options.config);
    rules = createRuleSet(loaded.config, ACTIONS).rules;
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    const name = error.code === 'data_dir_unusable' ? 'data directory' : 'configuration';
    return [fail(name, error.message, 'Correct it; nothing else can be checked before.')];
  }
  const { config, file, warnings } = loaded;
  const url = options.url ?? findOwnAddress(loaded);
  const http = createOutgoingHttp({ allowPrivate: config.network.allowPrivate });
  const client = url === undefined ? undefined : createHubClient(url, loaded);
  try {
    const hub =
      client === undefined
        ? {
            isRunning: false,
            installedHooks: 0,
            findings: [warn('hub', 'http.port is 0, so its address is not known', 'Name it with --url.')],
          }
        : await checkHub(client, cli.version);
    const calls = listCalls(rules);
    const secretContext = { environment: cli.environment, directory: file === null ? cli.cwd : dirname(file) };
    const forges = Object.values(config.forges).map((forge) => checkForge(forge, http, systemClock));
    return [
      ok('configuration', file ?? 'no file, environment and defaults only'),
      ...warnings.map((warning) => warn('configuration', toProblemLine(warning), 'Correct or remove it.')),
      ...(await checkDataDir(config)),
      ...hub.findings,
      ...(hub.isRunning ? [] : [await examineDatabase(config)]),
      ...(await checkReachability(config, hub.installedHooks)),
      ...(await Promise.all(forges)).flat(),
      ...checkRepositoryRules(config),
      ...(await checkSecrets(calls, secretContext)),
      ...(await checkMatrix(config, calls, http)),
      ...(await checkMail(config, calls)),
      ...(await checkPrograms(config, calls)),
      ...(await checkTasks(config, http, hub.isRunning ? client : undefined)),
    ];
  } finally {
    await http.close();
  }
}

/** Loaded when needed: the database drivers are a large part of the program. */
async function examineDatabase(config: Config): Promise<Finding> {
  const { checkDatabase } = await import('../doctor/check-database.ts');
  return await checkDatabase(config);
}
