import type { Action, ActionCatalog } from '../jobs/contract.ts';
import { emailSend } from './email/email-send.ts';
import { execRun } from './exec/index.ts';
import { FORGE_ACTIONS } from './forge/index.ts';
import { ledgerRecord } from './ledger/ledger-record.ts';
import { triggerRaise } from './trigger-raise.ts';
import { matrixNotify } from './matrix/matrix-notify.ts';
import { ntfyNotify } from './ntfy/ntfy-notify.ts';
import { pipelineDispatch } from './pipeline/index.ts';
import { slackNotify } from './slack/slack-notify.ts';
import { TASK_ACTIONS, TASK_FOLLOW_UPS } from './task/index.ts';
import { webhookSend } from './webhook/webhook-send.ts';

/** Every action that Fettle has, in the order of the documentation, those at the end that only Fettle itself uses. To add one: a file or folder here, a line below, `npm run docs`. */
const ALL: readonly Action[] = [
  triggerRaise,
  matrixNotify,
  slackNotify,
  ntfyNotify,
  emailSend,
  webhookSend,
  ledgerRecord,
  ...FORGE_ACTIONS,
  pipelineDispatch,
  execRun,
  ...TASK_ACTIONS,
  ...TASK_FOLLOW_UPS,
];

/** The catalogue of all actions. */
export const ACTIONS: ActionCatalog = {
  all: ALL,
  find: (name) => ALL.find((action) => action.name === name),
};

/** The actions that rules can name: what documentation, lists, forms and schemas show. */
export const RULE_ACTIONS: readonly Action[] = ALL.filter(({ isInternal }) => isInternal !== true);
