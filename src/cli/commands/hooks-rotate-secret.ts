import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { type Change, changePlaces, FORGE_OPTION, getForgeName, PlaceShape, toSummary } from '../hook-places.ts';
import { findHub } from '../hub-client.ts';
import { writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions {
  readonly forge?: string;
  readonly dropOld?: true;
}

const State = z.object({
  forge: z.string(),
  generated: z.boolean(),
  accepted: z.number(),
  hooks: z.number(),
  behind: z.array(PlaceShape),
  dropOldAt: z.string().nullable(),
});
type State = z.infer<typeof State>;
const Begun = State.extend({ step: z.string() });

/** Prints no secret, neither the old one nor the new. */
export const hooksRotateSecret = defineCommand<Options>({
  path: 'hooks rotate-secret',
  summary: 'Give the webhooks of a forge a new secret; the old one is accepted meanwhile.',
  description:
    'Makes a new secret, which is accepted beside the old one at once, and gives it to every webhook that Fettle installed on the forge. When all carry it, the old one is accepted for another day, or with --drop-old no longer. It can be broken off and run again. A secret that the configuration names is changed there by you; this then gives it to the webhooks.',
  options: [
    FORGE_OPTION,
    { flags: '--drop-old', about: 'stop accepting the old secret now, once all webhooks carry the new one' },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: ['fettle hooks rotate-secret --forge home', 'fettle hooks rotate-secret --forge home --drop-old'],
  async run(options, _args, cli) {
    const forge = getForgeName(options);
    const { hub } = await findHub(options, cli);
    const isQuiet = options.json === true;
    const path = `/api/v1/hooks/rotations/${encodeURIComponent(forge)}`;
    const before = await hub.ask(State, 'GET', path);
    // All carry the new one already: another rotation would only begin anew.
    const isEnding = options.dropOld === true && before.accepted > 1 && before.behind.length === 0;
    const begun = isEnding ? { ...before, step: 'continues' } : await hub.ask(Begun, 'POST', path);
    const body = { forge, keepAddress: true };
    const changes = await changePlaces(cli, hub, begun.behind, {
      path: '/api/v1/hooks/apply',
      body,
      isQuiet,
      isDryRun: false,
    });
    const hasFailed = changes.some(({ change }) => change === 'failed');
    const dropOld = options.dropOld === true && !hasFailed;
    const after = await hub.ask(State, 'POST', `${path}/finish`, { dropOld });
    if (isQuiet) writeJson(cli, { step: begun.step, changes, ...after });
    else for (const line of toReport(begun.step, changes, after)) writeLine(cli, line);
    return after.behind.length > 0 || begun.step === 'by-hand' ? 1 : 0;
  },
});

function toReport(step: string, changes: readonly Change[], state: State): string[] {
  if (step === 'by-hand') {
    return [
      `The secret of ${state.forge} is in the configuration, so it is changed there. Put a new one before the old one, as in`,
      `  secret: ['\${env:NEW_SECRET}', '\${env:OLD_SECRET}']`,
      'and run this again. The hub accepts both meanwhile, and this gives the first one to all webhooks.',
    ];
  }
  const lines = changes.length === 0 ? [] : [`${toSummary(changes.map(({ change }) => change))}.`];
  const carrying = `${state.hooks - state.behind.length} of ${state.hooks} webhooks carry the new secret`;
  if (state.behind.length > 0) {
    return [
      ...lines,
      `${carrying}; ${state.accepted} secrets are accepted until all do. Run this again once the reason is gone.`,
    ];
  }
  if (!state.generated && state.accepted > 1) {
    return [...lines, `${carrying}. Take the old one out of the configuration.`];
  }
  if (state.dropOldAt !== null) {
    return [
      ...lines,
      `${carrying}. The old one is accepted until ${state.dropOldAt}; --drop-old ends that now. A webhook that somebody made by hand must be given the new one until then.`,
    ];
  }
  return [...lines, `${carrying}, and no other is accepted.`];
}
