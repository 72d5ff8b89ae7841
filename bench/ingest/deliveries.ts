import { createHmac } from 'node:crypto';
import { findSample, toFreshSample } from '../../src/forges/samples.ts';

/**
 * GitHub deliveries in the size and shape that GitHub sends, signed beforehand. Each differs from every other in its delivery id and in
 * what it says, so that no receiver that folds repetitions has an easier time than one that does not.
 */

/** A whole HTTP request, ready to be written to a socket. */
export type SignedRequest = Buffer;

interface Template {
  readonly event: string;
  /** The body with `MARK` wherever something unique is to stand. */
  readonly text: string;
}

/** Stands for 40 hex digits, the length of a commit id. */
const MARK = '@unique-in-each-delivery-of-the-benchmark';

/** What GitHub adds to a repository beside the fields that anybody reads: over 3 kB of addresses. */
const REPOSITORY_LINKS =
  'archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages merges milestones notifications pulls releases stargazers statuses subscribers subscription tags teams trees';

/** Makes requests numbered from `first`, each as a push, an issue event or a comment event in turn. */
export function createRequests(options: {
  readonly path: string;
  readonly secret: string;
  readonly run: string;
  readonly first: number;
  readonly count: number;
}): SignedRequest[] {
  const templates = [toPush(), toIssueEvent('issues.labeled'), toIssueEvent('issue_comment.by-owner')];
  return Array.from({ length: options.count }, (_, index) => {
    const number = options.first + index;
    const template = templates[number % templates.length] as Template;
    return toRequest(template, `${options.run}${number.toString(16).padStart(40 - options.run.length, '0')}`, options);
  });
}

function toRequest(template: Template, unique: string, { path, secret }: { path: string; secret: string }): Buffer {
  const body = Buffer.from(template.text.replaceAll(MARK, unique));
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const id = unique.replace(/^(.{8})(.{4})(.{4})(.{4}).{8}(.{12})$/, '$1-$2-$3-$4-$5');
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Accept: */*',
    'Content-Type: application/json',
    'User-Agent: GitHub-Hookshot/2d8b9f1',
    `X-GitHub-Delivery: ${id}`,
    `X-GitHub-Event: ${template.event}`,
    'X-GitHub-Hook-ID: 410034102',
    'X-GitHub-Hook-Installation-Target-ID: 186853002',
    'X-GitHub-Hook-Installation-Target-Type: repository',
    `X-Hub-Signature-256: sha256=${signature}`,
    `Content-Length: ${body.length}`,
    '\r\n',
  ].join('\r\n');
  return Buffer.concat([Buffer.from(head), body]);
}

function toPush(): Template {
  const payload = toPayload('push.branch');
  const [commit] = payload['commits'] as [Record<string, unknown>];
  payload['after'] = MARK;
  payload['head_commit'] = { ...commit, id: MARK };
  payload['commits'] = [1, 2, 3].map((nth) => ({ ...commit, message: `Change number ${nth}`, id: MARK }));
  return { event: 'push', text: JSON.stringify(payload) };
}

function toIssueEvent(name: string): Template {
  const payload = toPayload(name);
  const { issue, comment } = payload as { issue: Record<string, unknown>; comment?: Record<string, unknown> };
  issue['title'] = `Something is to be done about ${MARK}`;
  issue['body'] = 'What happened, what was expected, and how to see it again. '.repeat(20);
  if (comment !== undefined) comment['body'] = `This concerns ${MARK} as well. `.repeat(10);
  return { event: name.split('.', 1)[0] ?? name, text: JSON.stringify(payload) };
}

function toPayload(name: string): Record<string, unknown> {
  const sample = findSample('github', name);
  if (sample === undefined) throw new Error(`There is no sample ${name} of GitHub`);
  const payload = JSON.parse(toFreshSample(sample, Date.now()).toString()) as Record<string, unknown>;
  const repository = payload['repository'] as Record<string, unknown>;
  for (const link of REPOSITORY_LINKS.split(' ')) {
    repository[`${link}_url`] ??= `https://api.github.com/repos/${String(repository['full_name'])}/${link}{/sha}`;
  }
  return payload;
}
