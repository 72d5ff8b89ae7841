import { z } from 'zod';
import type { Option } from './options.ts';
import { commaList, duration, HttpUrl, SecretText, Text, textOrList } from './shapes.ts';

/** The rows of the option table that are about runs and actions. */
export const ACTION_OPTIONS = [
  {
    path: 'matrix.homeserver',
    summary: 'Base address of the Matrix homeserver that `matrix.notify` sends to.',
    schema: HttpUrl.nullable(),
    default: null,
    references: true,
    reload: 'live',
  },
  {
    path: 'matrix.token',
    summary: 'Access token of the Matrix account that Fettle sends as; one that lives long, of one device.',
    schema: SecretText.nullable(),
    default: null,
    secret: true,
    reload: 'live',
  },

  {
    path: 'smtp.host',
    summary: 'Mail server that `email.send` hands messages to.',
    schema: Text.nullable(),
    default: null,
    reload: 'live',
  },
  {
    path: 'smtp.port',
    summary: 'Port of the mail server.',
    schema: z.number().int().min(1).max(65_535),
    default: 587,
    reload: 'live',
  },
  {
    path: 'smtp.security',
    summary:
      '`tls` from the first byte (port 465), `starttls` demanded, or `none` for a mail server on a trusted network.',
    schema: z.enum(['tls', 'starttls', 'none']),
    default: 'starttls',
    reload: 'live',
  },
  {
    path: 'smtp.user',
    summary: 'Account at the mail server; without one nothing is signed in.',
    schema: Text.nullable(),
    default: null,
    reload: 'live',
  },
  {
    path: 'smtp.password',
    summary: 'Password of that account.',
    schema: SecretText.nullable(),
    default: null,
    secret: true,
    reload: 'live',
  },
  {
    path: 'smtp.from',
    summary: 'Sender of messages, such as `Fettle <fettle@example.org>`.',
    schema: Text.nullable(),
    default: null,
    reload: 'live',
  },

  {
    path: 'exec.enabled',
    summary: 'Allow `exec.run` to start programs on this machine.',
    schema: z.boolean(),
    default: false,
    reload: 'restart',
  },
  {
    path: 'exec.programs',
    summary: 'Absolute paths of the programs that `exec.run` may start.',
    schema: textOrList(Text),
    default: [],
    fromText: commaList,
    reload: 'restart',
  },
  {
    path: 'exec.user',
    summary: 'User, as a number or `number:group`, that programs run as; Fettle must run as root for it.',
    schema: z
      .string()
      .regex(/^\d+(:\d+)?$/)
      .meta({ title: 'a user number, or user and group numbers such as 65534:65534' })
      .nullable(),
    default: null,
    reload: 'restart',
  },

  {
    path: 'runs.concurrency',
    summary: 'Most attempts at a time in this process.',
    schema: z.number().int().min(1).max(1000),
    default: 64,
    reload: 'live',
  },
  {
    path: 'runs.retryFor',
    summary: 'How long a run is tried again before it is dead, where its rule does not say.',
    schema: duration('0s', '90d'),
    default: '8d',
    reload: 'live',
  },
  {
    path: 'loops.maxPerMinute',
    summary:
      'A rule that writes to the same issue, pull request or commit more often than this is paused and reported.',
    schema: z.number().int().min(1).max(10_000),
    default: 20,
    reload: 'live',
  },
  {
    path: 'hooks.checkEvery',
    summary: 'How often the webhooks on the forges are compared with what they should be; `0s` never.',
    schema: duration('0s', '30d'),
    default: '1h',
    reload: 'live',
  },
  {
    path: 'hooks.repair',
    summary: 'Mend a webhook that was deleted, disabled or changed, instead of only reporting it.',
    schema: z.boolean(),
    default: false,
    reload: 'live',
  },
] as const satisfies readonly Option[];
