import { flushCompileCache } from 'node:module';

/**
 * `fettle serve`, to be killed. It ends at once when its standard input does, so that a test process that dies leaves nothing
 * behind.
 */
process.stdin.resume();
process.stdin.once('close', () => process.kill(process.pid, 'SIGKILL'));

// A killed process does not write its compile cache, which makes the next start quicker.
setTimeout(() => flushCompileCache(), 3_000).unref();

process.argv.push('serve');
await import('../../src/main.ts');
