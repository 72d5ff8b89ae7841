/** Runs every check that needs no test: format, lint, types, unused exports, generated files. Says all that is wrong, not only the first. */
import { spawnSync } from 'node:child_process';

const CHECKS = [
  { name: 'format', command: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'types', command: 'tsc', args: ['--noEmit'] },
  { name: 'types of the web page', command: 'tsc', args: ['--noEmit', '-p', 'web'] },
  { name: 'unused exports', command: 'knip', args: ['--no-progress'] },
  { name: 'generated files', command: 'node', args: ['scripts/docs.ts', '--check'] },
];

let failed = 0;
for (const { name, command, args } of CHECKS) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  const isFine = result.status === 0;
  process.stdout.write(`${isFine ? 'ok  ' : 'FAIL'}  ${name}\n`);
  if (isFine) continue;
  failed += 1;
  process.stdout.write(`${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}\n`);
}
process.stdout.write(failed === 0 ? 'All checks passed.\n' : `${failed} of ${CHECKS.length} checks failed.\n`);
process.exitCode = failed === 0 ? 0 : 1;
