import { z } from 'zod';
import { FettleError } from '../../core/errors.ts';
import { toRunKey, toStickyMarker, withoutMarkers } from '../../core/marker.ts';
import type { ForgeKind } from '../../core/vocabulary.ts';
import type { RunContext } from '../../jobs/contract.ts';
import { listLastEntries } from '../../store/task-entries.ts';
import type { Task } from '../../tasks/contract.ts';
import { listDependencies } from '../../tasks/dependencies/blockers.ts';
import { findPullNumber, listRepositoryPages } from '../../tasks/gates/pull-reference.ts';
import { toLabelChange } from '../../tasks/report/state-labels.ts';
import { toReport } from '../../tasks/report/to-report.ts';
import { STICKY_KEY } from '../../tasks/sticky-key.ts';
import { toUnderstoodMarkdown } from '../../tasks/understanding/to-markdown.ts';
import { defineAction } from '../define-action.ts';
import { toForgeText, toMarkedText } from '../forge/forge-text.ts';
import { toPercent, toSafeUrl } from '../message/safe-url.ts';
import { findTaskPlace, type TaskPlace, toTaskTarget } from './task-place.ts';

const input = z.strictObject({ task: z.uuid().describe('Id of the task.') });

const MOST_ENTRIES = 40;

/** What became of one part of the report. */
type Done = { readonly verb: 'made' | 'edited' | 'left'; readonly id: string; readonly url: string | null };
type Part<T> = T | { readonly verb: 'refused'; readonly why: string };

export const taskReport = defineAction({
  name: 'task.report',
  summary: 'Brings the comment and the labels that show a task on its issue or pull request up to date.',
  input,
  examples: [{ title: 'One task', yaml: 'task.report: { task: 0192e4a0-0000-7000-8000-000000000000 }' }],
  needs: [],
  idempotency: 'marker',
  timeoutMs: 120_000,
  concurrency: 4,
  allowedInRepository: false,
  isInternal: true,
  target: ({ task }) => toTaskTarget('task.report', task),
  async run(context, given) {
    const place = await findTaskPlace(context, given.task);
    if (typeof place === 'string') return { state: 'skipped', summary: place };
    const comment = await context.step('write the comment', () => orRefused(() => writeComment(context, place)));
    const labels = await context.step('show the state by labels', () => orRefused(() => showLabels(context, place)));
    const refused = [comment, labels].flatMap((part) => (part.verb === 'refused' ? [part.why] : []));
    if (comment.verb === 'refused') return { state: 'skipped', summary: refused.join(' ') };
    const rest = { ...(comment.url === null ? {} : { url: comment.url }), data: { id: comment.id } };
    const said = refused.length === 0 ? '' : ` ${refused.join(' ')}`;
    if (comment.verb === 'left' && labels.verb !== 'changed')
      return { state: 'unchanged', summary: `${place.where} already shows that.${said}`, ...rest };
    const verb = { made: 'Commented on', edited: 'Edited the comment on', left: 'Changed the labels of' }[comment.verb];
    return { state: 'succeeded', summary: `${verb} ${place.where}.${said}`, ...rest };
  },
});

/** What the forge refuses for good, such as a comment on an issue that was deleted, is told and not tried again. */
async function orRefused<T>(work: () => Promise<Part<T>>): Promise<Part<T>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FettleError && error.code === 'upstream_refused')
      return { verb: 'refused', why: error.message };
    throw error;
  }
}

async function writeComment(context: RunContext, place: TaskPlace): Promise<Part<Done>> {
  const { api, kind, ref, task } = place;
  const { comments } = api;
  if (comments === undefined) return { verb: 'refused', why: `Fettle cannot comment on the forge \`${task.forge}\`.` };
  const { run } = context;
  const text = toForgeText(await toText(context, place), { mentions: [], commands: false });
  const body = toMarkedText(text, { kind, run: run.id, hops: run.hops + 1, stickyKey: STICKY_KEY });
  const found = await comments.findOwn(ref, toStickyMarker(STICKY_KEY, kind));
  if (found === undefined) {
    const { id, url } = await comments.create(ref, body);
    return { verb: 'made', id, url: url ?? null };
  }
  if (withoutMarkers(found.body) === withoutMarkers(body)) {
    // Its mark tells whether it was an earlier attempt of this very run that wrote it.
    return { verb: found.body.includes(toRunKey(run.id)) ? 'edited' : 'left', id: found.id, url: found.url ?? null };
  }
  const { id, url } = await comments.update(ref, found.id, body);
  return { verb: 'edited', id, url: url ?? null };
}

async function toText(context: RunContext, { task, kind }: TaskPlace): Promise<string> {
  const db = context.db();
  const dependencies = await listDependencies(db, task);
  const journal = await listLastEntries(db, task.id, MOST_ENTRIES);
  const understood = task.understood === null ? '' : toUnderstoodMarkdown(task.understood);
  return toReport({ task, dependencies, journal, understood, pull: toPullLink(context, task, kind) });
}

/** The pull request of the result as forges link it; null unless it is one of this repository. */
function toPullLink(context: RunContext, task: Task, kind: ForgeKind): string | null {
  const named = (task.result ?? task.submitted)?.pull;
  if (named === undefined || task.repo === null) return null;
  const pages = listRepositoryPages(task, context.config().forges[task.forge]);
  const number = findPullNumber(named, task.repo, pages);
  if (number === undefined) return null;
  const name = `${kind === 'gitlab' ? '!' : '#'}${number}`;
  if (kind !== 'bitbucket') return name;
  // Bitbucket makes no link of a number.
  const url = toSafeUrl(`${pages[0] ?? ''}/pull-requests/${number}`);
  return url === null ? name : `[${name}](${url.replace(/[()]/g, toPercent)})`;
}

async function showLabels(
  context: RunContext,
  { api, ref, task }: TaskPlace,
): Promise<Part<{ readonly verb: 'changed' | 'left' }>> {
  const { labels } = context.config().tasks;
  if (Object.keys(labels).length === 0) return { verb: 'left' };
  const group = api.labels;
  if (group === undefined) return { verb: 'refused', why: `Fettle cannot set labels on the forge \`${task.forge}\`.` };
  const { add, remove } = toLabelChange(labels, task.state, await group.list(ref));
  if (remove.length > 0) await group.remove(ref, remove);
  if (add.length > 0) await group.add(ref, add);
  return { verb: add.length + remove.length > 0 ? 'changed' : 'left' };
}
