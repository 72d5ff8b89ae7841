import type { TestContext } from 'node:test';
import { type FakeCi, startFakeCi } from './server.ts';

export const JENKINS_TOKEN = 'hunter2-jenkins';

/**
 * Jenkins with the job `team/app`, which has the parameter `REPO`. A build is `queued` until its state is another; `''` is a build that
 * runs. https://www.jenkins.io/doc/book/using/remote-access-api/
 */
export function startJenkins(t: TestContext): Promise<FakeCi> {
  const authorization = `Basic ${Buffer.from(`fettle:${JENKINS_TOKEN}`).toString('base64')}`;
  return startFakeCi(t, authorization, ({ method, path, text }, started) => {
    const [, place] = /^\/ci\/job\/team\/job\/app\/(build|buildWithParameters)$/.exec(path) ?? [];
    if (place !== undefined && method === 'POST') {
      const given = Object.fromEntries(new URLSearchParams(text));
      if (place === 'build' && text !== '') return { status: 400, body: '<html>build with parameters</html>' };
      const values = given['REPO'] === undefined ? {} : { REPO: given['REPO'] };
      started.push({ id: String(started.length + 1), values, state: 'queued' });
      return { status: 201, headers: { location: `https://jenkins.internal/ci/queue/item/${started.length}/` } };
    }
    const item = started[Number(/^\/ci\/queue\/item\/(\d+)\/api\/json$/.exec(path)?.[1]) - 1];
    if (item?.state === 'queued') return { body: { why: 'Waiting for next available executor' } };
    if (item?.state === 'cancelled in the queue') return { body: { cancelled: true, why: null } };
    if (item !== undefined) return { body: { why: null, executable: { number: 40 + Number(item.id) } } };
    const build = started[Number(/^\/ci\/job\/team\/job\/app\/(\d+)\/api\/json$/.exec(path)?.[1]) - 41];
    if (build === undefined) return undefined;
    return { body: { building: build.state === '', result: build.state === '' ? null : build.state } };
  });
}
