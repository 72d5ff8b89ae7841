import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { duration } from '../../config/shapes.ts';
import { FettleError } from '../../core/errors.ts';
import type { RunContext } from '../../jobs/contract.ts';
import { defineAction } from '../define-action.ts';
import { cleanText } from '../../core/clean-text.ts';
import { requireAllowed } from './allowed-program.ts';
import { isFreeName, toEnvironment } from './program-environment.ts';
import { toOutputLines } from './program-output.ts';
import { toProgramUser } from './program-user.ts';
import { type ProgramEnd, runProgram } from './run-program.ts';

const HOUR_MS = 3_600_000;

const absolutePath = (about: string) =>
  z
    .string()
    .max(4_096)
    .refine((path) => /^\/[^\p{Cc}]*$/u.test(path) && !path.split('/').includes('..'))
    .describe(about)
    .meta({ title: 'an absolute path without `..`, and without a template' })
    .refine(isFixed);

const fixedText = z
  .string()
  .max(4_096)
  .refine((text) => isFixed(text) && !text.includes('\u0000'))
  .meta({ title: 'a fixed text; a template is refused here, use `env` or `stdin` for what comes from the event' });

const input = z.strictObject({
  program: absolutePath('Absolute path of the program; one of `exec.programs` in the configuration of the hub.'),
  args: z
    .array(fixedText)
    .max(100)
    .default([])
    .describe('Arguments, each as it is: there is no shell, and no template is filled in.'),
  stdin: template(
    'What the program reads: `event` for the event as JSON (nothing when there is no event), `none` for nothing, anything else is the text itself.',
  ).default('event'),
  env: z
    .record(
      z.string().refine(isFreeName).meta({
        title: 'a name of capitals, digits and `_` that does not steer how programs load code, such as PATH or LD_*',
      }),
      template('Value of the variable.'),
    )
    .default({})
    .describe('Variables besides PATH, HOME, LANG and FETTLE_*. Names are of capitals, digits and `_`.'),
  cwd: absolutePath('Folder in which the program starts; also its HOME.').default('/'),
  timeout: duration('1s', '1h')
    .prefault('5m')
    .describe('Time for one attempt; then the program and all that it started are ended.'),
});

type Input = z.output<typeof input>;

export const execRun = defineAction({
  name: 'exec.run',
  summary:
    'Starts a program on the machine of the hub, without a shell and only if the configuration lists it; the event comes on standard input and in variables.',
  input,
  examples: [
    {
      title: 'Tell a script of your own about each push',
      yaml: 'exec.run: { program: /usr/local/bin/on-push, args: [--quiet] }',
    },
    {
      title: 'Deploy, with the branch in a variable and without input',
      yaml: 'exec.run: { program: /opt/deploy/run, stdin: none, env: { DEPLOY_BRANCH: "{{ branch }}" }, timeout: 15m }',
    },
  ],
  needs: [],
  idempotency: 'none',
  timeoutMs: HOUR_MS + 60_000,
  concurrency: 4,
  allowedInRepository: false,
  target: ({ program }, event) => ({
    destination: `program:${program}`,
    orderKey: `exec.run ${program} ${event?.forge ?? ''} ${event?.repo?.fullName ?? ''}`,
    credential: null,
    reaches: [`program:${program}`],
  }),
  async run(context, given) {
    const { summary } = await context.effect('run the program', () => runOnce(context, given));
    return { state: 'succeeded', summary };
  },
});

/** The exit code that says: not now, try again (sysexits.h). */
const EX_TEMPFAIL = 75;

async function runOnce(context: RunContext, given: Input): Promise<{ summary: string }> {
  const { exec } = context.config();
  requireAllowed(exec, given.program);
  const end = await runProgram({
    program: given.program,
    args: given.args,
    cwd: given.cwd,
    env: toEnvironment(context.run, context.event, given.cwd, given.env),
    stdin: toStdin(given.stdin, context),
    user: toProgramUser(exec.user, { uid: process.getuid?.(), gid: process.getgid?.() }),
    timeoutMs: given.timeout,
    signal: context.signal,
  });
  const lines = toOutputLines(end.output);
  for (const line of lines) context.log(line);
  const said = lines.slice(-SUMMARY_LINES).join(' · ');
  if (end.exitCode === 0) return { summary: said === '' ? `${given.program} ended well.` : cleanText(said, 500) };
  throw toFailure(given.program, end, said);
}

const SUMMARY_LINES = 3;
function toFailure(program: string, { exitCode, endedBy }: ProgramEnd, said: string): FettleError {
  const words = said === '' ? '' : ` It said last: ${cleanText(said, 500)}`;
  if (exitCode === null) {
    const detail = `${program} was ended by ${endedBy ?? 'a signal'}.${words}`;
    return new FettleError('upstream_refused', detail, { outcomeUnknown: true });
  }
  if (exitCode === EX_TEMPFAIL)
    return new FettleError('upstream_failed', `${program} ended with exit code 75: try again.${words}`);
  const hint = 'Correct it and redrive the run; exit code 75 would have it tried again by itself.';
  return new FettleError('upstream_refused', `${program} ended with exit code ${exitCode}. ${hint}${words}`);
}

function toStdin(stdin: string, { event }: RunContext): string {
  if (stdin === 'none') return '';
  if (stdin !== 'event') return stdin;
  return event === null ? '' : `${JSON.stringify(event)}\n`;
}

function isFixed(text: string): boolean {
  return !/\{\{|\{%/.test(text);
}
