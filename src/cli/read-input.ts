import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { FettleError } from '../core/errors.ts';
import type { Cli } from './cli.ts';

/** The text that an option names: of a file, or with `-` of the standard input. @throws FettleError `invalid_request`. */
export async function readInput(option: string, path: string, cli: Cli): Promise<string> {
  if (path === '-') return await text(cli.stdin);
  try {
    return await readFile(resolve(cli.cwd, path), 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new FettleError('invalid_request', `${option} ${path} cannot be read (${why}).`);
  }
}
