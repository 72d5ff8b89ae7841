import type { Kysely } from 'kysely';
import type { ForgeConfig } from '../src/config/config.ts';
import type { HookPorts, HookSecrets } from '../src/hooks/contract.ts';
import { createHooks, type Hooks } from '../src/hooks/hooks.ts';
import type { Database } from '../src/store/schema.ts';
import type { GetDatabase } from '../src/store/store.ts';
import type { FakeForge } from './fake-forge/contract.ts';

export const PUBLIC_URL = 'https://hub.example.org';
export const ADDRESS = `${PUBLIC_URL}/webhook/home`;
export const START_MS = Date.parse('2026-03-14T09:00:00Z');

/** The ports of the webhooks feature on a fake forge, with a clock that stands still until it is moved. */
export interface TestHookPorts extends HookPorts {
  forge: ForgeConfig;
  nowMs: number;
  readonly logged: string[];
}

export function createHookPorts(
  fake: FakeForge,
  db: Kysely<Database>,
  options: { readonly secrets?: (ports: TestHookPorts) => HookSecrets; readonly forge?: Partial<ForgeConfig> } = {},
): TestHookPorts {
  const logged: string[] = [];
  const write = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const ports: TestHookPorts = {
    db: () => db,
    forge: { ...fake.config, secrets: ['the-first-secret'], ...options.forge },
    nowMs: START_MS,
    logged,
    forges: () => ({ home: ports.forge }),
    publicUrl: () => PUBLIC_URL,
    http: fake.transport,
    secrets: NO_SECRETS,
    clock: () => ports.nowMs,
    log: { info: write, warn: write },
  };
  return options.secrets === undefined ? ports : Object.assign(ports, { secrets: options.secrets(ports) });
}

const NO_SECRETS: HookSecrets = {
  isGenerated: () => false,
  add: () => Promise.reject(new Error('the configuration names the secret')),
  keepOldUntil: () => Promise.reject(new Error('the configuration names the secret')),
  dropOld: () => Promise.reject(new Error('the configuration names the secret')),
  listDropTimes: async () => new Map(),
};

/** Webhooks on a forge that cannot be reached, for the routes alone. */
export function createOfflineHooks(db: GetDatabase, forge: ForgeConfig): Hooks {
  return createHooks({
    db,
    forges: () => ({ [forge.name]: forge }),
    publicUrl: () => PUBLIC_URL,
    http: { request: () => Promise.reject(new Error('this forge cannot be reached')) },
    secrets: NO_SECRETS,
    clock: () => START_MS,
    log: { info: () => undefined, warn: () => undefined },
  });
}
