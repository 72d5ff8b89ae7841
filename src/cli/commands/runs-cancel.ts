import { CONFIG_OPTION, defineCommand, URL_OPTION } from '../command.ts';
import { type MoveOptions, moveRuns } from '../move-runs.ts';
import { RUN_FILTER_OPTIONS } from '../run-shape.ts';

interface Options extends MoveOptions {
  readonly reason?: string;
}

export const runsCancel = defineCommand<Options>({
  path: 'runs cancel',
  summary: 'Cancel runs that are not over.',
  description:
    'Cancels runs that are queued, running, waiting or between two attempts. A run whose outcome is unknown is cancelled when its effect turns out to be there.',
  arguments: [{ name: '[id...]', about: 'ids of runs, instead of a filter' }],
  options: [
    ...RUN_FILTER_OPTIONS,
    { flags: '--reason <text>', about: 'kept with the runs; default who cancelled them' },
    { flags: '-y, --yes', about: 'do it; without, a filter only says how many runs it takes' },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: [
    "fettle runs cancel 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f --reason 'It was posted.'",
    "fettle runs cancel --state waiting --repo 'dataforge/*' --yes",
  ],
  run: ({ reason, ...options }, ids, cli) =>
    moveRuns({ verb: 'cancel', done: 'cancelled', body: reason === undefined ? {} : { reason } }, options, ids, cli),
});
