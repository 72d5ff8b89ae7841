import { ACTIONS } from '../../actions/registry.ts';
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ForgeConfig } from '../../config/config.ts';
import { FettleError } from '../../core/errors.ts';
import { toFreshSample } from '../../forges/samples.ts';
import { createRuleSet } from '../../rules/rule-set.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { type Cast, createSampleFinder, type FoundSample, recast } from '../demo/fresh-sample.ts';
import { ISSUE_TITLES, PULL_TITLES, type Step, STORY } from '../demo/story.ts';
import { findHub } from '../hub-client.ts';
import {
  type DeliveryAnswer,
  getSigningSecret,
  postDelivery,
  type SignedDelivery,
  signDelivery,
} from '../signed-delivery.ts';
import { createColours, writeJson, writeLine } from '../terminal.ts';

/** A step that a configured forge can play. */
interface Scene {
  readonly step: Step;
  readonly forge: ForgeConfig;
  readonly found: FoundSample;
}

/** Events are a quarter of an hour apart, the last one now. */
const BETWEEN_STEPS_MS = 15 * 60_000;
const DEFAULT_SPEED = 4;

/** Shows a hub at work: a scripted day, signed as the configured forges would, with new numbers, titles and times each time. */
export const demo = defineCommand<HubOptions & { readonly speed?: number }>({
  path: 'demo',
  summary: 'Send a scripted day of sample events to the running hub.',
  description:
    'Plays a day at an invented organisation: issues, labels, pushes, pull requests, reviews, a release, a delivery that comes twice and one with a forged signature. Everything is signed and sent as the configured forges would.',
  options: [
    { flags: '--speed <steps>', about: `steps per second, or max; default ${DEFAULT_SPEED}`, parse: toSpeed },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: ['fettle demo', 'fettle demo --speed max'],
  async run(options, _args, cli) {
    const { hub, loaded } = await findHub(options, cli);
    const colours = createColours(cli.stdout, cli.environment);
    const scenes = toScenes(Object.values(loaded.config.forges));
    const casts = new Map(Object.keys(loaded.config.forges).map((name) => [name, drawCast()]));
    const startMs = Date.now() - (scenes.length - 1) * BETWEEN_STEPS_MS;
    const results: { says: string; forge: string; status: number; result: string }[] = [];
    let latest: SignedDelivery | undefined;
    let unexpected = 0;

    for (const [i, { step, forge, found }] of scenes.entries()) {
      if (i > 0) await delay(1000 / (options.speed ?? DEFAULT_SPEED));
      const cast = casts.get(forge.name) ?? drawCast();
      if (step.label !== undefined) cast.issueLabels.add(step.label);
      const fresh = () => prepare({ step, forge, found }, cast, startMs + i * BETWEEN_STEPS_MS);
      const delivery: SignedDelivery = step.sent === 'again' && latest !== undefined ? latest : fresh();
      latest = delivery;
      const answer = await postDelivery(hub, forge.name, delivery);
      const isExpected = answer.status === (step.sent === 'forged' && !forge.unsigned ? 401 : 200);
      if (!isExpected) unexpected += 1;
      const says = `${found.draft.actor?.login ?? 'somebody'} ${step.says}`;
      const result = toResult(answer);
      results.push({ says, forge: forge.name, status: answer.status, result });
      if (options.json) continue;
      const place = `${String(i + 1).padStart(2)}/${scenes.length}`;
      writeLine(
        cli,
        `${colours.dim(place)} ${forge.name.padEnd(10)} ${says}: ${isExpected ? colours.green(result) : colours.red(result)}`,
      );
    }

    if (options.json) {
      writeJson(cli, { steps: results, unexpected });
    } else {
      const { rules } = createRuleSet(loaded.config, ACTIONS);
      writeLine(cli);
      writeLine(cli, `Sent ${scenes.length} deliveries. See them at ${hub.url}/ or with \`fettle export\`.`);
      if (rules.length === 0) {
        writeLine(
          cli,
          'No rule is in force, so no trigger was raised. Add `recipes: [event-bridge]` to fettle.yaml and run the demo again to see some.',
        );
      }
    }
    if (unexpected === 0) return 0;
    cli.stderr.write(
      `${unexpected} of ${scenes.length} deliveries were not answered as they should be. If the hub runs with another configuration, name it with --config.\n`,
    );
    return 1;
  },
});

/** Gives each step to its forge, or to the next one that has such events; a step that no forge can play is left out. */
function toScenes(forges: readonly ForgeConfig[]): Scene[] {
  if (forges.length === 0) {
    throw new FettleError(
      'config_invalid',
      'No forge is configured, so there is nobody to play. Add one to fettle.yaml.',
    );
  }
  const find = createSampleFinder();
  return STORY.flatMap((step): Scene[] => {
    if (step.at > 1 && step.at >= forges.length) return [];
    const order = [...forges.slice(step.at % forges.length), ...forges.slice(0, step.at % forges.length)];
    for (const forge of order) {
      const found = find(forge.kind, step);
      if (found !== undefined) return [{ step, forge, found }];
    }
    return [];
  });
}

function drawCast(): Cast & { readonly issueLabels: Set<string> } {
  const number = randomInt(100, 100_000);
  return {
    issue: { number, title: ISSUE_TITLES[randomInt(ISSUE_TITLES.length)] ?? '' },
    pull: { number: number + randomInt(1, 20), title: PULL_TITLES[randomInt(PULL_TITLES.length)] ?? '' },
    issueLabels: new Set(['bug']),
    version: `${randomInt(1, 20)}.${randomInt(100)}.${randomInt(100)}`,
  };
}

function prepare({ step, forge, found }: Scene, cast: Cast, atMs: number): SignedDelivery {
  const sample = recast(found, step, cast);
  const secret = step.sent === 'forged' ? `forged-${randomUUID()}` : getSigningSecret(forge);
  return signDelivery(
    forge,
    { event: sample.event, eventType: sample.eventType, body: toFreshSample(sample, atMs) },
    { secret, deliveryId: randomUUID(), nowMs: Date.now() },
  );
}

function toResult({ status, answer }: DeliveryAnswer): string {
  if (typeof answer !== 'object' || answer === null) return String(status);
  const word = 'status' in answer && status === 200 ? answer.status : 'code' in answer ? answer.code : '';
  return `${status} ${String(word)}`;
}

function toSpeed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const speed = Number(text);
  if (speed > 0 && speed <= 1000) return speed;
  throw new FettleError('invalid_request', '--speed takes a number of steps per second, at most 1000, or max.');
}
