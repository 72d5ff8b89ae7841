import { FettleError } from '../../core/errors.ts';
import { CONFIG_OPTION, type ConfigOption, defineCommand } from '../command.ts';
import { getConfiguredForge, readLocalConfig } from '../local-config.ts';
import { writeJson, writeLine } from '../terminal.ts';

/** Nothing but the secret on stdout, so that it can be piped. During a rotation there are several: one per line, the new one first. */
export const forgeSecret = defineCommand<ConfigOption>({
  path: 'forge secret',
  summary: 'Print the webhook secret of a forge, to be entered there.',
  arguments: [{ name: '<name>', about: 'name of the forge' }],
  options: [CONFIG_OPTION],
  examples: ['fettle forge secret gitea', 'fettle forge secret gitea | xclip -selection clipboard'],
  async run({ config: path, json }, [name = ''], cli) {
    const loaded = await readLocalConfig(cli, path);
    const { secrets, unsigned } = getConfiguredForge(loaded, name);
    if (secrets.length === 0) {
      const detail = unsigned
        ? `The forge ${name} is configured as unsigned and has no secret.`
        : `The forge ${name} has no secret yet; the hub makes one when it first starts (data directory ${loaded.config.dataDir}). Run \`fettle serve\` once, or set \`secret\`.`;
      throw new FettleError('no_secret', detail);
    }
    if (json) writeJson(cli, { name, secrets });
    else for (const secret of secrets) writeLine(cli, secret);
    return 0;
  },
});
