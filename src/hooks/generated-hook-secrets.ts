import {
  addGeneratedSecret,
  dropOldSecrets,
  findGeneratedSecrets,
  keepOldSecretsUntil,
} from '../config/generated-secrets.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { FettleError } from '../core/errors.ts';
import type { HookSecrets } from './contract.ts';

/** The webhook secrets in the data directory of this process. */
export function createGeneratedHookSecrets(ports: {
  readonly dataDir: string;
  /** The configuration in force. */
  readonly loaded: () => LoadedConfig;
  /** Reads the configuration anew, generated secrets included. */
  readonly reload: () => Promise<void>;
}): HookSecrets {
  const { dataDir, loaded, reload } = ports;
  const putInForce = async (forge: string, secrets: readonly string[] | undefined) => {
    await reload();
    const inForce = loaded().config.forges[forge]?.secrets;
    if (inForce?.join('\n') === secrets?.join('\n')) return;
    throw new FettleError(
      'config_invalid',
      'The new secret is kept but not in force, because the configuration file is broken. Correct it, and run this again.',
    );
  };
  return {
    isGenerated: (forge) => loaded().sources.get(`forges.${forge}.secret`)?.from === 'generated',
    async add(forge) {
      const { webhookSecrets } = await addGeneratedSecret(dataDir, forge);
      await putInForce(forge, webhookSecrets[forge]);
    },
    async keepOldUntil(forge, at) {
      await keepOldSecretsUntil(dataDir, forge, at.toISOString());
    },
    async dropOld(forge) {
      const { webhookSecrets } = await dropOldSecrets(dataDir, forge);
      await putInForce(forge, webhookSecrets[forge]);
    },
    async listDropTimes() {
      const secrets = await findGeneratedSecrets(dataDir);
      return new Map(Object.entries(secrets?.dropOldAt ?? {}).map(([forge, at]) => [forge, new Date(at)]));
    },
  };
}
