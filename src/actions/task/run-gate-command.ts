import { cleanText } from '../../core/clean-text.ts';
import { FettleError } from '../../core/errors.ts';
import type { RunContext } from '../../jobs/contract.ts';
import type { CommandEnd, CommandFacts, RunCommand } from '../../tasks/gates/contract.ts';
import { requireAllowed } from '../exec/allowed-program.ts';
import { toEnvironment } from '../exec/program-environment.ts';
import { toOutputLines } from '../exec/program-output.ts';
import { toProgramUser } from '../exec/program-user.ts';
import { runProgram } from '../exec/run-program.ts';

/** Time for one program of a gate. */
export const COMMAND_TIMEOUT_MS = 15 * 60_000;

const SHOWN_LINES = 10;
const LONGEST_TAIL = 1_500;
const LONGEST_VARIABLE = 1_000;
/** Programs read what they are given; what a task says about itself must not fill their memory. */
const LONGEST_BODY = 100_000;

/** What a program's error means for the gate: the agent is told, instead of the check being repeated for days. */
const TOLD: ReadonlySet<string> = new Set(['action_forbidden', 'rule_invalid', 'run_timeout']);

/** How gates run programs: through the same guard as `exec.run`, with what the task says in variables and on standard input only. */
export function createCommandRunner(context: RunContext): RunCommand {
  return async (argv, facts): Promise<CommandEnd> => {
    const { exec } = context.config();
    const [program = '', ...args] = argv;
    try {
      requireAllowed(exec, program);
      if (args.some((arg) => arg.includes('\u0000')))
        return { refused: 'It could not be checked. An argument holds a NUL, which no program can be given.' };
      const { exitCode, endedBy, output } = await runProgram({
        program,
        args,
        cwd: '/',
        env: { ...toEnvironment(context.run, null, '/', {}), ...toTaskVariables(facts) },
        stdin: `${JSON.stringify(toInput(facts))}\n`,
        user: toProgramUser(exec.user, { uid: process.getuid?.(), gid: process.getgid?.() }),
        timeoutMs: COMMAND_TIMEOUT_MS,
        signal: context.signal,
      });
      const lines = toOutputLines(output);
      for (const line of lines) context.log(line);
      return { exitCode, endedBy, tail: cleanText(lines.slice(-SHOWN_LINES).join(' · '), LONGEST_TAIL) };
    } catch (error) {
      if (error instanceof FettleError && TOLD.has(error.code) && !context.signal.aborted)
        return { refused: `It could not be checked. ${error.message}` };
      throw error;
    }
  };
}

function toTaskVariables({ task, result, pull }: CommandFacts): Record<string, string> {
  const fields = {
    ID: task.id,
    KEY: task.key,
    FORGE: task.forge,
    REPO: task.repo ?? undefined,
    SUBJECT: task.subject ?? undefined,
    NUMBER: task.number?.toString(),
    URL: task.url ?? undefined,
    CLONE_URL: task.repository?.cloneUrl,
    AGENT: task.agent ?? undefined,
    ROUND: String(task.round),
    ATTEMPT: String(task.attempt),
    FENCE: String(task.fence),
    BRANCH: pull?.headBranch ?? result.branch,
    PULL: pull?.number.toString(),
    HEAD_SHA: pull?.headSha,
    BASE_BRANCH: pull?.baseBranch,
  };
  const entries = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[`FETTLE_TASK_${name}`, cleanText(value, LONGEST_VARIABLE)] as const],
  );
  return Object.fromEntries(entries);
}

function toInput({ task, result, pull }: CommandFacts) {
  const { id, key, forge, repo, subject, number, title, body, url, labels, agent, round, attempt, fence } = task;
  return {
    task: { id, key, forge, repo, subject, number, title, url, labels, agent, round, attempt, fence },
    body: body.slice(0, LONGEST_BODY),
    result,
    pull,
  };
}
