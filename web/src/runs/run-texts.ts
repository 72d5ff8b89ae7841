import type { RunSummary } from '../api/run-shapes.ts';

/** How a run came to be, where that is unusual. */
export const ORIGIN_MARKS: Record<RunSummary['origin'], { readonly name: string; readonly about: string } | null> = {
  event: null,
  schedule: { name: 'schedule', about: 'The schedule of the rule made it, not an event.' },
  replay: { name: 'replay', about: 'A person had the hub handle an earlier event again.' },
  manual: { name: 'manual', about: 'Made by a person, not by an event.' },
};

/** A run as one would say it. */
export function toSpokenRun({ state, action, rule, repo, reason }: RunSummary): string {
  const place = repo === null ? '' : ` for ${repo}`;
  return `${state}: ${action} of the rule ${rule}${place}${reason === null ? '' : `. ${reason}`}`;
}
