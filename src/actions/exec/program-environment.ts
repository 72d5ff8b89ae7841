import type { Event } from '../../core/event.ts';
import type { RunFacts } from '../../jobs/contract.ts';
import { cleanText } from '../../core/clean-text.ts';

/** What a program finds around it. Text of a forge gets here and to standard input, never into an argument. */

const LONGEST_FIELD_CHARS = 1_000;
/** Linux takes at most 128 KiB for one variable, and a character is at most three bytes per UTF-16 unit. */
const LONGEST_VARIABLE_CHARS = 40_000;

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Variables that decide which code a program, its interpreter or its libraries load, or where it finds things. A rule may not set them,
 * since their values would come from whoever writes to the forge.
 */
const STEERING =
  /^(PATH|HOME|LANG|SHELL|IFS|ENV|BASH_.*|SHELLOPTS|PS4|PROMPT_COMMAND|LD_.*|DYLD_.*|NODE_.*|NPM_.*|PYTHON.*|PERL.*|RUBY.*|GEM_.*|LUA_.*|PHP.*|JAVA_.*|JDK_.*|_JAVA_.*|CLASSPATH|GIT_.*|SSH_.*|EDITOR|VISUAL|PAGER|MALLOC_.*|GLIBC_.*|GCONV_PATH|LOCPATH|NLSPATH|TERMINFO.*|TMPDIR|FETTLE_.*)$/;

/** Whether a rule may set a variable of that name. */
export function isFreeName(name: string): boolean {
  return /^[A-Z_][A-Z0-9_]{0,63}$/.test(name) && !STEERING.test(name);
}

/** Everything in the environment of a program: where it finds things, the run, the event, and what the rule sets. */
export function toEnvironment(
  run: RunFacts,
  event: Event | null,
  home: string,
  set: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    ...toVariables(set),
    PATH,
    HOME: home,
    LANG: 'C.UTF-8',
    FETTLE_RUN_ID: run.id,
    FETTLE_RULE: cleanText(run.rule, LONGEST_FIELD_CHARS),
    FETTLE_ATTEMPT: String(run.attempt),
    FETTLE_HOPS: String(run.hops + 1),
    ...(event === null ? {} : toEventVariables(event)),
  };
}

/** A process cannot be given NUL; the other control characters but tab and line break only confuse. */
function toVariables(set: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(set).map(([name, value]) => {
    const clean = value.slice(0, LONGEST_VARIABLE_CHARS).toWellFormed();
    return [name, clean.replace(/[^\P{Cc}\t\n]/gu, '')] as const;
  });
  return Object.fromEntries(entries);
}

function toEventVariables(event: Event): Record<string, string> {
  const fields = {
    ID: event.id,
    TYPE: event.type,
    FORGE: event.forge,
    KIND: event.kind,
    REPO: event.repo?.fullName,
    CLONE_URL: event.repo?.cloneUrl,
    DEFAULT_BRANCH: event.repo?.defaultBranch,
    ACTOR: event.actor?.login,
    SUBJECT: event.subject,
    NUMBER: event.number?.toString(),
    TITLE: event.title,
    URL: event.url,
    LABEL: event.label,
    ASSIGNEE: event.assignee,
    REF: event.ref,
    BRANCH: event.branch,
    TAG: event.tag,
    BEFORE: event.before,
    AFTER: event.after,
    COMMIT_COUNT: event.commitCount?.toString(),
    HEAD_REF: event.head?.ref,
    HEAD_SHA: event.head?.sha,
    BASE_REF: event.base?.ref,
    TRIGGER: event.trigger,
  };
  const entries = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[`FETTLE_EVENT_${name}`, cleanText(value, LONGEST_FIELD_CHARS)] as const],
  );
  return Object.fromEntries(entries);
}
