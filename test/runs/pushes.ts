import { createHmac, randomUUID } from 'node:crypto';
import type { HubUnderTest } from '../running-hub.ts';

export interface PushToSend {
  /** Name of the repository in `dataforge`. */
  readonly repo: string;
  /** Unlike every other push of the test. */
  readonly number: number;
  /** True number of commits; the body names at most five, as Gitea does. */
  readonly commits?: number;
  readonly login?: string;
  readonly deliveryId?: string;
}

/** A push as Gitea sends it. */
export function toPushBody({ repo, number, commits = 1, login = 'ada' }: PushToSend): Buffer {
  const url = `https://git.example.org/dataforge/${repo}`;
  const toSha = (index: number, letter: string) => (number * 100 + index).toString(16).padStart(40, letter);
  const author = { name: 'Ada', email: 'ada@example.org', username: login };
  const named = Array.from({ length: Math.min(commits, 5) }, (_, index) => ({
    id: toSha(index, 'b'),
    message: `Change ${number}.${index} <b>of</b> ${repo}\n\nMore about it.`,
    url: `${url}/commit/${toSha(index, 'b')}`,
    author,
    timestamp: '2026-03-01T12:00:00Z',
  }));
  const body = {
    ref: 'refs/heads/main',
    before: toSha(0, 'a'),
    after: toSha(0, 'b'),
    compare_url: `${url}/compare/${number}`,
    commits: named,
    total_commits: commits,
    repository: {
      id: 1000 + repo.length,
      name: repo,
      full_name: `dataforge/${repo}`,
      owner: { id: 3, login: 'dataforge' },
      html_url: url,
      clone_url: `${url}.git`,
      private: false,
      default_branch: 'main',
    },
    pusher: { id: 7, login },
    sender: { id: 7, login },
  };
  return Buffer.from(JSON.stringify(body));
}

/** The headers of a push, signed. */
export function toPushHeaders(body: Buffer, secret: string, deliveryId: string = randomUUID()): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-gitea-event': 'push',
    'x-gitea-event-type': 'push',
    'x-gitea-delivery': deliveryId,
    'x-gitea-signature': createHmac('sha256', secret).update(body).digest('hex'),
  };
}

/** Sends a push to a hub and gives its id there. @throws Error unless it is answered 200. */
export async function sendPush(hub: Pick<HubUnderTest, 'post'>, secret: string, push: PushToSend): Promise<string> {
  const body = toPushBody(push);
  const answer = await hub.post('/webhook/home', body, toPushHeaders(body, secret, push.deliveryId));
  if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.text}`);
  return (JSON.parse(answer.text) as { id: string }).id;
}
