import { resolve } from 'node:path';
import { readLimited, toSystemCode } from './read-limited.ts';
import { parseReferences, type Reference } from './references.ts';
import { splitWords } from './shell-words.ts';

/** Time a `${cmd:}` may take. */
const COMMAND_TIMEOUT_MS = 10_000;
/** Longest content of a secret file, and longest output of a command. */
const SECRET_LIMIT_BYTES = 64 * 1024;

export interface SecretContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Directory that relative paths count from and commands run in. */
  readonly directory: string;
}

/** What a value with references stands for, or why it could not be resolved. The reason never holds a secret. */
export type Resolved = { readonly value: string } | { readonly problem: string };

/** Resolves values with references. Within one resolver each file is read once and each command runs once. */
export interface SecretResolver {
  resolve(value: string): Promise<Resolved>;
}

/** A resolver for one reading of the configuration. */
export function createSecretResolver(context: SecretContext): SecretResolver {
  const known = new Map<string, Promise<Resolved>>();
  const lookUp = (reference: Reference): Promise<Resolved> => {
    const running = known.get(reference.text) ?? readReference(reference, context);
    known.set(reference.text, running);
    return running;
  };
  return {
    async resolve(value) {
      const pieces = parseReferences(value);
      if (pieces === undefined) {
        return {
          problem:
            'the value (not shown) holds "${" without a complete reference; write ${env:NAME}, ${file:/path} or ${cmd:command}, or "$${" for the characters themselves',
        };
      }
      const parts = await Promise.all(
        pieces.map((piece) => ('literal' in piece ? Promise.resolve({ value: piece.literal }) : lookUp(piece))),
      );
      const failed = parts.find((part) => 'problem' in part);
      return failed ?? { value: parts.map((part) => ('value' in part ? part.value : '')).join('') };
    },
  };
}

async function readReference(reference: Reference, context: SecretContext): Promise<Resolved> {
  const found = await readers[reference.scheme](reference.target, context);
  if ('problem' in found) return { problem: `${reference.text} cannot be resolved: ${found.problem}` };
  const value = found.value.replace(/[\r\n]+$/, '');
  return value === '' ? { problem: `${reference.text} cannot be resolved: it is empty` } : { value };
}

const readers: Record<Reference['scheme'], (target: string, context: SecretContext) => Promise<Resolved>> = {
  env: readVariable,
  file: readSecretFile,
  cmd: runCommand,
};

async function readVariable(name: string, { environment }: SecretContext): Promise<Resolved> {
  const value = environment[name] ?? '';
  return value === '' ? { problem: 'this environment variable is not set' } : { value };
}

async function readSecretFile(path: string, { directory }: SecretContext): Promise<Resolved> {
  try {
    const content = await readLimited(resolve(directory, path), SECRET_LIMIT_BYTES);
    return content === undefined ? { problem: 'the file is larger than 64 KiB' } : { value: content.toString('utf8') };
  } catch (error) {
    return { problem: `the file cannot be read (${toSystemCode(error)})` };
  }
}

async function runCommand(command: string, { directory, environment }: SecretContext): Promise<Resolved> {
  const words = splitWords(command);
  const [file, ...parameters] = words ?? [];
  if (file === undefined) return { problem: 'a quote in the command is not closed' };
  // Loaded only when there is a command to run: it is a tenth of the memory of a hub at rest.
  const { execa } = await import('execa');
  const result = await execa(file, parameters, {
    cwd: directory,
    env: { ...environment },
    extendEnv: false,
    stdin: 'ignore',
    stderr: 'ignore',
    stripFinalNewline: false,
    timeout: COMMAND_TIMEOUT_MS,
    forceKillAfterDelay: 1_000,
    maxBuffer: SECRET_LIMIT_BYTES,
    reject: false,
  });
  if (result.isMaxBuffer) return { problem: 'the command printed more than 64 KiB' };
  if (result.timedOut) return { problem: 'the command took longer than 10 seconds' };
  if (result.exitCode === undefined) return { problem: `the command cannot be run (${result.code ?? 'stopped'})` };
  if (result.failed) return { problem: `the command ended with exit code ${result.exitCode}` };
  return { value: result.stdout };
}
