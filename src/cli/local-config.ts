import { ACTIONS } from '../actions/registry.ts';
import { fillGeneratedSecrets, findGeneratedSecrets } from '../config/generated-secrets.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import type { ForgeConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import { createRuleLanguage } from '../rules/language.ts';
import type { Cli } from './cli.ts';

/**
 * The configuration as the hub would read it, with the secrets that it generated, where it ran before. Changes nothing.
 * @throws ConfigError, FettleError `config_unreadable`, `data_dir_unusable`.
 */
export async function readLocalConfig(cli: Cli, path: string | undefined): Promise<LoadedConfig> {
  const { environment, cwd } = cli;
  const loaded = await loadConfig({ path, environment, cwd, language: createRuleLanguage(ACTIONS) });
  const generated = await findGeneratedSecrets(loaded.config.dataDir);
  return generated === undefined ? loaded : fillGeneratedSecrets(loaded, generated);
}

/** @throws FettleError `unknown_forge`. */
export function getConfiguredForge({ config }: LoadedConfig, name: string): ForgeConfig {
  const forge = Object.hasOwn(config.forges, name) ? config.forges[name] : undefined;
  if (forge !== undefined) return forge;
  const known = Object.keys(config.forges).join(', ');
  throw new FettleError(
    'unknown_forge',
    `No forge is called ${JSON.stringify(name)} in the configuration. There are: ${known === '' ? 'none' : known}.`,
  );
}

/** Where the configured hub listens, seen from its own machine; undefined when it takes any free port. */
export function findOwnAddress({ config }: LoadedConfig): string | undefined {
  const { host, port } = config.http;
  if (port === 0) return undefined;
  const near = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  return `http://${near}:${port}`;
}

/** Where forges reach the hub, as far as the configuration tells. */
export function toReachableUrl(loaded: LoadedConfig): string {
  return (loaded.config.publicUrl ?? findOwnAddress(loaded) ?? 'http://<host>:<port>').replace(/\/+$/, '');
}
