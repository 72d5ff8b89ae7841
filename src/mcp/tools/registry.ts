import { claimTask } from './claim-tool.ts';
import type { Tool } from './definition.ts';
import { eventsSince, getEvent } from './event-tools.ts';
import { askHuman, completeTask, failTask, heartbeatTask, releaseTask } from './lease-tools.ts';
import { getTask, listTasks } from './task-tools.ts';
import { whoami } from './whoami.ts';

/** Every tool, in the order in which clients are told of them. Names and order are a promise: add at the end, and keep it at twelve at most. */
export const TOOLS: readonly Tool[] = [
  listTasks,
  claimTask,
  getTask,
  heartbeatTask,
  askHuman,
  completeTask,
  failTask,
  releaseTask,
  eventsSince,
  getEvent,
  whoami,
];
