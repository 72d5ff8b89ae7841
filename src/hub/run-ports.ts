import { dirname } from 'node:path';
import { findSecretReference } from '../actions/credential-name.ts';
import type { Config } from '../config/config.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { createSecretResolver } from '../config/secrets.ts';
import type { Environment } from '../config/variables.ts';
import { systemClock } from '../core/clock.ts';
import { FettleError } from '../core/errors.ts';
import { createForgeApi } from '../forges/api.ts';
import type { AttemptPorts } from '../jobs/attempt.ts';
import type { Announcements } from '../jobs/contract.ts';
import type { OutgoingHttp } from '../network/contract.ts';
import { connectVetted } from '../network/vetted-socket.ts';
import type { GetDatabase } from '../store/store.ts';

export interface RunPortSources {
  readonly loaded: () => LoadedConfig;
  readonly db: GetDatabase;
  readonly http: OutgoingHttp;
  readonly environment: Environment;
  /** Where relative secret files count from when there is no configuration file. */
  readonly cwd: string;
  readonly announce: Announcements;
}

/** What the engine lends to runs, and how it looks at credentials. */
export function createRunPorts({ loaded, db, http, environment, cwd, announce }: RunPortSources): AttemptPorts & {
  findCredential(name: string): Promise<string | undefined>;
} {
  const config = () => loaded().config;
  const secret = async (reference: string): Promise<string> => {
    const { file } = loaded();
    // A new resolver each time: a secret that was replaced takes effect with the next attempt.
    const found = await createSecretResolver({ environment, directory: file === null ? cwd : dirname(file) }).resolve(
      reference,
    );
    if ('value' in found) return found.value;
    throw new FettleError(
      'secret_unresolved',
      `${found.problem}. Correct the reference in the rule, or what it points to.`,
    );
  };
  return {
    config,
    clock: systemClock,
    db,
    announce,
    outgoing: http,
    secret,
    connect: (host, port) => connectVetted(host, port, { allowPrivate: config().network.allowPrivate }),
    forge(name, transport) {
      const forge = config().forges[name];
      if (forge === undefined)
        throw new FettleError('rule_invalid', `There is no forge \`${name}\` in the configuration any more.`);
      if (forge.token === null)
        throw new FettleError('rule_invalid', `The forge \`${name}\` has no token: set \`forges.${name}.token\`.`);
      const api = createForgeApi(forge, transport);
      if (api === undefined)
        throw new FettleError('rule_invalid', `The forge \`${name}\` has no address: set \`forges.${name}.url\`.`);
      return api;
    },
    retryForMs: () => config().runs.retryForMs,
    async findCredential(name) {
      const reference = findSecretReference(name);
      return reference === undefined ? findConfigured(config(), name) : await secret(reference);
    },
  };
}

/** The value of a credential that the configuration holds. */
function findConfigured({ matrix, smtp, forges }: Config, name: string): string | undefined {
  if (name === 'matrix') return matrix.token ?? undefined;
  if (name === 'smtp') return `${smtp.user ?? ''}:${smtp.password ?? ''}`;
  return forges[name.replace(/^forge:/, '')]?.token ?? undefined;
}
