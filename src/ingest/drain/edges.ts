import type { SubjectSnapshot } from '../../forges/contract.ts';

/**
 * Edges from snapshots. Forges of the Gitea family send the whole list of labels and assignees and say at most that "something
 * about the labels" changed. So the last snapshots of each subject are kept, ordered by the subject's own update time, and an edge
 * is what differs between two neighbours:
 *
 *   before ──edges──▶ this ──edges──▶ after          what `after` gave when it was compared with `before` is not given again
 *
 * A snapshot that arrives late is put between its neighbours, so that order of arrival does not matter. A subject's first
 * snapshot gives edges only when the subject was just opened (what is there was gained now), or when the delivery says that
 * labels or assignees changed: then the forge's own history tells which, or, without a token, all that is there counts as gained and the
 * edges are marked as assumed.
 */
export interface SnapshotRecord {
  /** The subject's own update time, ISO 8601 UTC. */
  readonly at: string;
  readonly labels: readonly string[] | null;
  readonly assignees: readonly string[] | null;
  /** What differs from the snapshot before it, as `verb:value`; each was given once. */
  readonly gave: readonly string[];
}

export type EdgeVerb = 'labeled' | 'unlabeled' | 'assigned' | 'unassigned';

export interface Edge {
  readonly verb: EdgeVerb;
  readonly value: string;
  readonly at: string;
  readonly assumed: boolean;
}

/** What the forge's history says of a change, for a subject never seen before. */
export type ForeignEdge = Pick<Edge, 'verb' | 'value'>;

/** A snapshot with a time: its own, or that of its receipt where the forge keeps none. */
export type TimedSnapshot = SubjectSnapshot & { readonly at: string };

export interface Derivation {
  readonly edges: readonly Edge[];
  readonly records: readonly SnapshotRecord[];
}

/** Snapshots kept per subject; a delivery later than that many others changes nothing. */
const KEPT_RECORDS = 16;

const ASPECTS = [
  { field: 'labels', gained: 'labeled', lost: 'unlabeled' },
  { field: 'assignees', gained: 'assigned', lost: 'unassigned' },
] as const;

export function deriveEdges(
  records: readonly SnapshotRecord[],
  snapshot: TimedSnapshot,
  foreign: readonly ForeignEdge[] | undefined,
): Derivation {
  const position = records.findLastIndex((record) => record.at <= snapshot.at) + 1;
  if (position === 0 && records.length >= KEPT_RECORDS) return { edges: [], records };
  const before = records[position - 1];
  const after = records[position];
  const filled = {
    at: snapshot.at,
    labels: snapshot.labels ?? before?.labels ?? null,
    assignees: snapshot.assignees ?? before?.assignees ?? null,
  };

  const own = before === undefined ? toFirstEdges(filled, snapshot, foreign) : toDifference(before, filled);
  const late = after === undefined ? [] : toDifference(filled, after);
  const given = new Set(after?.gave ?? []);

  const record = { ...filled, gave: own.map(toKey) };
  const next = [...records.slice(0, position), record];
  if (after !== undefined) next.push({ ...after, gave: late.map(toKey) }, ...records.slice(position + 1));
  return { edges: [...own, ...late].filter((edge) => !given.has(toKey(edge))), records: next.slice(-KEPT_RECORDS) };
}

type Filled = Pick<SnapshotRecord, 'at' | 'labels' | 'assignees'>;

function toDifference(from: Filled, to: Filled): Edge[] {
  const edges: Edge[] = [];
  for (const { field, gained, lost } of ASPECTS) {
    const [old, now] = [from[field], to[field]];
    if (old === null || now === null) continue;
    for (const value of new Set(now))
      if (!old.includes(value)) edges.push({ verb: gained, value, at: to.at, assumed: false });
    for (const value of new Set(old))
      if (!now.includes(value)) edges.push({ verb: lost, value, at: to.at, assumed: false });
  }
  return edges;
}

function toFirstEdges(filled: Filled, snapshot: SubjectSnapshot, foreign: readonly ForeignEdge[] | undefined): Edge[] {
  const { at } = filled;
  if (!snapshot.opened && snapshot.touched !== undefined && foreign !== undefined) {
    return foreign.map((edge) => ({ ...edge, at, assumed: false }));
  }
  return ASPECTS.filter(({ field }) => snapshot.opened || snapshot.touched === field).flatMap(({ field, gained }) =>
    [...new Set(filled[field] ?? [])].map((value) => ({ verb: gained, value, at, assumed: !snapshot.opened })),
  );
}

function toKey({ verb, value }: ForeignEdge): string {
  return `${verb}:${value}`;
}
