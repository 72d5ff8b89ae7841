import type { Action } from '../../jobs/contract.ts';
import { taskHear } from './task-hear.ts';
import { taskOpen } from './task-open.ts';
import { taskRead } from './task-read.ts';
import { taskReport } from './task-report.ts';
import { taskSay } from './task-say.ts';
import { taskVerify } from './task-verify.ts';

/** What rules do about tasks. */
export const TASK_ACTIONS: readonly Action[] = [taskOpen];

/** What follows from a change of a task; only tasks make such runs. */
export const TASK_FOLLOW_UPS: readonly Action[] = [taskRead, taskReport, taskSay, taskHear, taskVerify];
