import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { systemClock } from '../core/clock.ts';
import type { GetDatabase } from '../store/store.ts';
import { createActivityFile } from '../stream/activity-file.ts';
import type { EventStream } from '../stream/event-stream.ts';

/** The activity file of a configuration; undefined when it is switched off. */
export function createActivity(config: Config, parts: { getDb: GetDatabase; stream: EventStream; log: Logger }) {
  if (config.activity.file === null) return undefined;
  return createActivityFile({
    db: parts.getDb,
    tail: parts.stream.tail,
    path: config.activity.file,
    maxSizeBytes: config.activity.maxSizeBytes,
    keepDays: config.activity.keepDays,
    clock: systemClock,
    onError: (error) => parts.log.warn({ err: error }, 'activity.waiting'),
  });
}
