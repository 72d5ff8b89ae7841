import { CONFIG_OPTION, defineCommand, URL_OPTION } from '../command.ts';
import { type MoveOptions, moveRuns } from '../move-runs.ts';
import { RUN_FILTER_OPTIONS } from '../run-shape.ts';

export const runsRedrive = defineCommand<MoveOptions>({
  path: 'runs redrive',
  summary: 'Get runs going again that are dead, cancelled, waiting or between two attempts.',
  description:
    'Gets runs going again, with all attempts before them; steps that finished are not done again. Without --state a filter means dead runs only. A run whose outcome is unknown is sent again.',
  arguments: [{ name: '[id...]', about: 'ids of runs, instead of a filter' }],
  options: [
    ...RUN_FILTER_OPTIONS,
    { flags: '-y, --yes', about: 'do it; without, a filter only says how many runs it takes' },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: [
    'fettle runs redrive 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f',
    'fettle runs redrive --state dead --action matrix.notify --yes',
  ],
  run: (options, ids, cli) => moveRuns({ verb: 'redrive', done: 'redriven', body: {} }, options, ids, cli),
});
