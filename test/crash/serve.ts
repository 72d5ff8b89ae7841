import { flushCompileCache } from 'node:module';
import { startHub } from '../../src/hub.ts';

/**
 * A hub to be killed, configured by its environment. It ends at once when its standard input does, so that a test process that
 * dies leaves nothing behind; SIGTERM stops it in order.
 */
process.stdin.resume();
process.stdin.once('close', () => process.kill(process.pid, 'SIGKILL'));

const hub = await startHub({ environment: process.env, cwd: process.cwd() });
// A killed process does not write its compile cache, which makes the next start quicker.
flushCompileCache();
process.once('SIGTERM', () => {
  void hub.stop().then(() => process.exit(0));
});
