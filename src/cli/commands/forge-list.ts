import { toSecretText } from '../../config/describe-config.ts';
import { CONFIG_OPTION, type ConfigOption, defineCommand } from '../command.ts';
import { readLocalConfig, toReachableUrl } from '../local-config.ts';
import { toTable, writeJson, writeLine } from '../terminal.ts';

/** From the configuration alone, so that it can be asked before the first start. */
export const forgeList = defineCommand<ConfigOption>({
  path: 'forge list',
  summary: 'List the configured forges and the webhook address to enter in each.',
  options: [CONFIG_OPTION],
  examples: ['fettle forge list'],
  async run({ config: path, json }, _args, cli) {
    const loaded = await readLocalConfig(cli, path);
    const base = toReachableUrl(loaded);
    const state = (name: string, setting: 'secret' | 'token') =>
      toSecretText(loaded.sources.get(`forges.${name}.${setting}`));
    const forges = Object.values(loaded.config.forges).map(({ name, kind, url, unsigned, secrets }) => ({
      name,
      kind,
      url,
      webhookUrl: `${base}/webhook/${name}`,
      secret: unsigned ? 'unsigned' : secrets.length === 0 ? 'generated at the first start' : state(name, 'secret'),
      token: state(name, 'token'),
    }));
    if (json) {
      writeJson(cli, { forges });
      return 0;
    }
    const rows = forges.map(({ name, kind, url, webhookUrl, secret, token }) => [
      name,
      kind,
      url ?? '-',
      webhookUrl,
      `secret ${secret}`,
      `token ${token}`,
    ]);
    for (const line of toTable(rows)) writeLine(cli, line);
    return 0;
  },
});
