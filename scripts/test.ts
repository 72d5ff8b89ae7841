/**
 * Runs the tests: `npm test` all of them in their short form, `npm test -- <paths>` some. Fails when a test fails or when less than 90 % of
 * the lines in `src/` were run (only checked when all tests run).
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';

const LINES_PERCENT = 90;
/** Most tests wait for disks and sockets, so more run at once than there are cores. */
const FILES_AT_ONCE = 3;

const paths = process.argv.slice(2);
const files =
  paths.length > 0 ? paths : globSync(['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts']).toSorted();
const coverage = [
  '--experimental-test-coverage',
  `--test-coverage-lines=${LINES_PERCENT}`,
  '--test-coverage-include=src/**/*.ts',
  '--test-coverage-exclude=src/**/*.test.ts',
  '--test-coverage-exclude=src/**/*.testsuite.ts',
];
const args = [
  '--test',
  `--test-concurrency=${FILES_AT_ONCE}`,
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
];
if (paths.length === 0) args.push(...coverage);

const child = spawn(process.execPath, [...args, ...files], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
