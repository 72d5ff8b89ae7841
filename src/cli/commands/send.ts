import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ForgeConfig } from '../../config/config.ts';
import { createSecretResolver } from '../../config/secrets.ts';
import { type ErrorCode, ERRORS, FettleError } from '../../core/errors.ts';
import { findSample, listSamples, toFreshSample } from '../../forges/samples.ts';
import type { Cli } from '../cli.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import type { ExitCode } from '../exit-codes.ts';
import { toExitCode } from '../exit-codes.ts';
import { findHub } from '../hub-client.ts';
import { getConfiguredForge, readLocalConfig } from '../local-config.ts';
import { getSigningSecret, postDelivery, signDelivery } from '../signed-delivery.ts';
import { toTable, writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions {
  readonly file?: string;
  readonly deliveryId?: string;
  readonly secret?: string;
  readonly list?: true;
}

/** Plays a forge: signs a body and posts it to the running hub. */
export const send = defineCommand<Options>({
  path: 'send',
  summary: 'Send a signed sample event, or a file, to the running hub as a forge would.',
  description:
    'Sends a delivery to the running hub, with the headers and the signature of that kind of forge. The body is a sample that comes with Fettle, as if it happened now, or a file of yours.',
  arguments: [
    { name: '<forge>', about: 'name of a configured forge' },
    { name: '[event]', about: 'name of a sample (--list shows them), or with --file the event as the forge names it' },
  ],
  options: [
    { flags: '-l, --list', about: 'list the samples of this kind of forge' },
    { flags: '-f, --file <file>', about: 'send this body, byte for byte' },
    { flags: '--delivery-id <id>', about: 'delivery id to send; default a new one' },
    {
      flags: '--secret <reference>',
      about: 'sign with another secret: env:NAME or file:/path; the secret itself does not belong on a command line',
    },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: [
    'fettle send gitea issues.labeled',
    'fettle send github --list',
    'fettle send github push --file push.json',
  ],
  async run(options, [forgeName = '', event], cli) {
    if (options.list)
      return listForgeSamples(getConfiguredForge(await readLocalConfig(cli, options.config), forgeName), options, cli);
    if (event === undefined) {
      throw new FettleError(
        'invalid_request',
        `Name an event: \`fettle send ${forgeName} push\`. \`fettle send ${forgeName} --list\` shows the samples.`,
      );
    }
    const { hub, loaded } = await findHub(options, cli);
    const forge = getConfiguredForge(loaded, forgeName);
    const nowMs = Date.now();
    const body = await readBody(forge, event, options.file, nowMs, cli);
    const secret = options.secret === undefined ? getSigningSecret(forge) : await readSecret(options.secret, cli);
    const deliveryId = options.deliveryId ?? randomUUID();
    const { status, answer } = await postDelivery(
      hub,
      forge.name,
      signDelivery(forge, body, { secret, deliveryId, nowMs }),
    );
    if (options.json) writeJson(cli, { status, deliveryId, answer });
    else {
      writeLine(cli, `${status} ${typeof answer === 'string' ? answer : JSON.stringify(answer)}`);
      if (status === 200) {
        writeLine(
          cli,
          `Delivery id ${deliveryId}. What became of it: GET ${hub.url}/api/v1/deliveries/${forge.name}/${deliveryId}`,
        );
      }
    }
    return status === 200 ? 0 : toAnswerExitCode(answer);
  },
});

function listForgeSamples(forge: ForgeConfig, { json }: { readonly json?: true }, cli: Cli): ExitCode {
  const samples = listSamples(forge.kind);
  if (json)
    writeJson(cli, {
      forge: forge.name,
      kind: forge.kind,
      samples: samples.map(({ name, event }) => ({ name, event })),
    });
  else for (const line of toTable(samples.map(({ name, event }) => [name, `event ${event}`]))) writeLine(cli, line);
  return 0;
}

async function readBody(forge: ForgeConfig, event: string, file: string | undefined, nowMs: number, cli: Cli) {
  const sample = findSample(forge.kind, event);
  if (file !== undefined) {
    const body = await readFile(resolve(cli.cwd, file)).catch((error: NodeJS.ErrnoException) => {
      throw new FettleError('invalid_request', `The file ${file} cannot be read (${error.code}). Check its name.`);
    });
    return { event: sample?.event ?? event, eventType: sample?.eventType, body };
  }
  if (sample === undefined) {
    throw new FettleError(
      'invalid_request',
      `There is no sample ${JSON.stringify(event)} of ${forge.kind}. \`fettle send ${forge.name} --list\` shows them; --file sends a body of yours.`,
    );
  }
  return { event: sample.event, eventType: sample.eventType, body: toFreshSample(sample, nowMs) };
}

async function readSecret(reference: string, cli: Cli): Promise<string> {
  if (!/^(env|file):./.test(reference)) {
    throw new FettleError(
      'invalid_request',
      '--secret takes env:NAME or file:/path, because other users can see command lines.',
    );
  }
  const resolver = createSecretResolver({ environment: cli.environment, directory: cli.cwd });
  const resolved = await resolver.resolve(`\${${reference}}`);
  if ('value' in resolved) return resolved.value;
  throw new FettleError('secret_unresolved', `--secret: ${resolved.problem}.`);
}

function toAnswerExitCode(answer: unknown): ExitCode {
  const code = typeof answer === 'object' && answer !== null && 'code' in answer ? String(answer.code) : '';
  return Object.hasOwn(ERRORS, code) ? toExitCode(code as ErrorCode) : 1;
}
