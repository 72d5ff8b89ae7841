import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ForgeKind } from '../src/core/vocabulary.ts';
import { getDriver } from '../src/forges/registry.ts';
import { findSample, type Sample, toFreshSample } from '../src/forges/samples.ts';
import { type Hub, startHub } from '../src/hub.ts';

/** A whole hub with its page, on an embedded database of its own, and forges that send to it. */
export interface PageHub {
  readonly hub: Hub;
  /** Sends a signed delivery as the forge would; `change` may rewrite the payload first. Resolves when it was answered 200. */
  send(forge: string, sample: string, change?: (payload: Record<string, unknown>) => void): Promise<void>;
  /** Sends exactly this sample. */
  sendSample(forge: string, sample: Sample): Promise<void>;
  /** Stops the hub; `start` brings it back on the same port with the same data. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const SECRET = 'a-secret-that-only-tests-know';
const KINDS: Readonly<Record<string, ForgeKind>> = { gitea: 'gitea', github: 'github' };

/** A hub with the forges `gitea` and `github` and the recipe `event-bridge`. Whoever creates it closes it. */
export async function createPageHub(dataDir: string, settings = ''): Promise<PageHub> {
  const cwd = await mkdtemp(join(tmpdir(), 'fettle-page-'));
  const forges = Object.entries(KINDS).map(([name, kind]) => `  ${name}: { kind: ${kind}, secret: ${SECRET} }`);
  await writeFile(
    join(cwd, 'fettle.yaml'),
    ['version: 1', 'forges:', ...forges, 'recipes: [event-bridge]', settings].join('\n'),
  );
  let port = '0';
  const start = async () => {
    const environment = {
      FETTLE_DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      PORT: port,
      LOG_LEVEL: 'silent',
      SSE_RECONNECT_TIME: '1',
    };
    const started = await startHub({ environment, cwd });
    port = new URL(started.url).port;
    await started.ready;
    return started;
  };
  let hub = await start();

  async function sendSample(forge: string, sample: Sample): Promise<void> {
    const nowMs = Date.now();
    const body = toFreshSample(sample, nowMs);
    const { event, eventType } = sample;
    const signing = { body, secret: SECRET, deliveryId: randomUUID(), nowMs };
    const headers = new Headers(getDriver(sample.kind).toSignedHeaders({ event, eventType, ...signing }));
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
    const response = await fetch(`${hub.url}/webhook/${forge}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
    });
    const answer = await response.text();
    if (response.status !== 200) throw new Error(`${sample.name} was answered ${response.status}: ${answer}`);
  }

  return {
    get hub() {
      return hub;
    },
    sendSample,
    send: async (forge, name, change) => {
      const sample = findSample(KINDS[forge] ?? 'gitea', name);
      if (sample === undefined) throw new Error(`No sample is called ${name}`);
      const payload: Record<string, unknown> = structuredClone(sample.payload);
      change?.(payload);
      await sendSample(forge, { ...sample, payload });
    },
    stop: () => hub.stop(),
    start: async () => {
      hub = await start();
    },
    close: async () => {
      await hub.stop();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}
