import { runCli } from './cli/run-cli.ts';
import { startHub } from './hub.ts';
import { VERSION } from './version.ts';

// A reader that has seen enough (`fettle export | head`) closes the pipe; that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const { stdout, stderr, env } = process;
const code = await runCli(process.argv.slice(2), {
  environment: env,
  cwd: process.cwd(),
  stdout,
  stderr,
  version: VERSION,
  startHub,
});
// Idle connections would hold the process for a while.
stdout.write('', () => process.exit(code));
