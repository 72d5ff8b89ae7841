import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Must come before the rest is loaded: what was compiled once is not compiled again, which halves the time of a start. Where the
// folder cannot be written it stays off. It lies beside the code, so that nobody else on the machine can write to it.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'));

const [{ runCli }, { VERSION }] = await Promise.all([import('./cli/run-cli.ts'), import('./version.ts')]);

// A reader that has seen enough (`fettle export | head`) closes the pipe; that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const { stdout, stderr, env } = process;
const code = await runCli(process.argv.slice(2), {
  environment: env,
  cwd: process.cwd(),
  // Asked for when needed: reading it would keep the process from ending.
  get stdin() {
    return process.stdin;
  },
  stdout,
  stderr,
  version: VERSION,
  // Loaded when needed: most commands end before the hub's libraries would be read.
  startHub: async (options) => (await import('./hub.ts')).startHub(options),
});
// Idle connections would hold the process for a while.
stdout.write('', () => process.exit(code));
