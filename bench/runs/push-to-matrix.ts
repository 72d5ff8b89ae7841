import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { startMatrixHomeserver } from '../../test/matrix-homeserver.ts';
import { toPushBody, toPushHeaders } from '../../test/runs/pushes.ts';
import { sendRequest } from '../../test/send-request.ts';
import { type BenchHub, SECRET, startBenchHub } from './hub.ts';
import { type Quantiles, toQuantiles } from './quantiles.ts';

export interface PushPlan {
  readonly perSecond: number;
  readonly durationMs: number;
  readonly rooms: number;
}

const WARM_UP = 200;

/** Milliseconds from the moment at which a push was due to be sent until its message is in the room, one room per repository. */
export async function measurePushToMatrix(options: {
  readonly directory: string;
  readonly databaseUrl: string | null;
  readonly nodeArgs: readonly string[];
  readonly plan: PushPlan;
}): Promise<Quantiles> {
  const { directory, databaseUrl, nodeArgs, plan } = options;
  const matrix = await startMatrixHomeserver();
  const agent = new Agent({ keepAlive: true });
  const repos = Array.from({ length: plan.rooms }, (_, index) => `repo${index}`);
  for (const repo of repos) matrix.createRoom({ alias: `#${repo}` });
  const arrivedAtMs = new Map<number, number>();
  matrix.interfere = ({ method, content }) => {
    const number = /Change (\d+)\.0/.exec(String(content['body']))?.[1];
    if (method === 'PUT' && number !== undefined) arrivedAtMs.set(Number(number), performance.now());
    return undefined;
  };
  const config = `
matrix: { homeserver: ${matrix.url}, token: ${matrix.token} }
network: { allowPrivate: [127.0.0.1/32] }
rules:
  - name: pushes to the room of their repository
    on: push
    do: { matrix.notify: { room: "#{{ repo.name }}:test.example" } }
`;
  let hub: BenchHub | undefined;
  try {
    hub = await startBenchHub({ directory, databaseUrl, config, nodeArgs });
    const { log, server } = hub;
    let number = 0;
    const dueAtMs = new Map<number, number>();
    const sendAll = async (count: number) => {
      const startedAtMs = performance.now();
      const answers: Promise<void>[] = [];
      for (let index = 0; index < count; index += 1) {
        const atMs = startedAtMs + (index * 1_000) / plan.perSecond;
        await delay(Math.max(0, atMs - performance.now()));
        number += 1;
        dueAtMs.set(number, atMs);
        const body = toPushBody({ repo: repos[number % repos.length] ?? '', number });
        const request = { method: 'POST', headers: toPushHeaders(body, SECRET), body, agent } as const;
        answers.push(
          sendRequest(`http://127.0.0.1:${server.port}/webhook/gitea`, request).then(({ status, text }) => {
            if (status !== 200) throw new Error(`A push was answered ${status}: ${text}`);
          }),
        );
      }
      await Promise.all(answers);
      await log.whenRecorded(number);
    };
    await sendAll(WARM_UP);
    await delay(500);
    await sendAll((plan.perSecond * plan.durationMs) / 1_000);
    const measured = [...dueAtMs].filter(([each]) => each > WARM_UP);
    return toQuantiles(measured.map(([each, atMs]) => (arrivedAtMs.get(each) ?? Number.NaN) - atMs));
  } finally {
    await hub?.stop();
    agent.destroy();
    await matrix.close();
  }
}
