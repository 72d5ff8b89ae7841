import { FettleError } from '../../core/errors.ts';
import { booleanAt, integerAt, objectAt, textAt } from '../../forges/read.ts';
import type { RunContext } from '../../jobs/contract.ts';
import { toCredentialName } from '../credential-name.ts';
import { requestApi, toAddress, toAuthorization, toHost, toUnreadable } from './api-request.ts';
import type { PipelineEngine, Seen, Started } from './engine.ts';
import type { JenkinsInput } from './input.ts';

/**
 * Jenkins, https://www.jenkins.io/doc/book/using/remote-access-api/. A start is answered with a place in the queue; what leaves the queue
 * becomes a build with a number. Nothing recognises a repeated start, so it is an effect. Requests with an API token need no crumb.
 */
export const jenkinsEngine: PipelineEngine<JenkinsInput> = {
  target({ url, job, token }) {
    const host = toHost(url);
    return {
      destination: host === '' ? 'jenkins' : host,
      orderKey: `pipeline.dispatch ${host} ${job}`,
      credential: toCredentialName([token]),
      reaches: [`host:${host}`],
    };
  },
  async open(context, input) {
    const token = await context.secret(input.token);
    const ask: Ask = (url, rest = {}) =>
      requestApi(context, {
        ...rest,
        url,
        headers: { ...toAuthorization(input.user, token), ...rest.headers },
        secrets: [token],
      });
    return {
      name: `the job ${input.job}`,
      start: () => context.effect('start', () => start(context, input, ask)),
      look: (started) => look(context, input, started, ask),
    };
  },
};

type Ask = (
  url: string,
  rest?: { method?: string; headers?: Record<string, string>; body?: string; accept?: readonly number[] },
) => ReturnType<typeof requestApi>;

async function start(context: RunContext, input: JenkinsInput, ask: Ask): Promise<Started> {
  const atMs = context.clock();
  const hasParameters = Object.keys(input.parameters).length > 0;
  const { headers } = await ask(toJobAddress(input, [hasParameters ? 'buildWithParameters' : 'build']), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(input.parameters).toString(),
  });
  // Jenkins writes the address that it believes to have, which need not be the one that reaches it.
  const item = /\/queue\/item\/(\d+)/.exec(headers['location'] ?? '')?.[1];
  return { id: item ?? null, url: toJobAddress(input, []), atMs };
}

async function look(context: RunContext, input: JenkinsInput, { id }: Started, ask: Ask): Promise<Seen | undefined> {
  if (id === null) throw new FettleError('upstream_refused', 'Jenkins did not say which place in its queue it gave.');
  let waiting: Seen | undefined;
  const number = await context
    .step('find the build', async () => {
      const { body } = await ask(toAddress(input.url, ['queue', 'item', id, 'api', 'json']));
      const found = integerAt(body, 'executable', 'number');
      if (found !== undefined) return found;
      if (objectAt(body) === undefined) throw toUnreadable(input.url, 'a place in the queue');
      waiting = { state: booleanAt(body, 'cancelled') === true ? 'cancelled' : 'running' };
      throw new FettleError('upstream_failed', textAt(body, 'why') ?? 'It is still in the queue.');
    })
    .catch((error: unknown) => {
      if (waiting === undefined) throw error;
      return null;
    });
  if (number === null) return waiting;
  const address = toJobAddress(input, [String(number)]);
  const { body } = await ask(`${address}/api/json?tree=building,result,url`);
  const building = booleanAt(body, 'building');
  if (building === undefined) throw toUnreadable(input.url, 'a build');
  return { state: building ? 'running' : (RESULTS[textAt(body, 'result') ?? ''] ?? 'running'), url: `${address}/` };
}

/** https://javadoc.jenkins.io/hudson/model/Result.html: an unstable build is one whose tests fail. */
const RESULTS: Readonly<Record<string, Seen['state']>> = {
  SUCCESS: 'success',
  UNSTABLE: 'failure',
  FAILURE: 'failure',
  NOT_BUILT: 'cancelled',
  ABORTED: 'cancelled',
};

/** `team/app` is at `job/team/job/app`. */
function toJobAddress({ url, job }: JenkinsInput, rest: readonly string[]): string {
  const names = job.replace(/^\/+|\/+$/g, '').split('/');
  return toAddress(url, [...names.flatMap((name) => ['job', name]), ...rest]);
}
