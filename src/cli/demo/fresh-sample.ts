import type { EventDraft } from '../../core/event.ts';
import type { ForgeKind } from '../../core/vocabulary.ts';
import type { JsonObject } from '../../forges/read.ts';
import { type Expectation, listSamples, readExpectation, type Sample } from '../../forges/samples.ts';
import type { Step } from './story.ts';

/** What a demo puts in the place of a sample's own number, title and words. */
export interface Cast {
  readonly issue: { readonly number: number; readonly title: string };
  readonly pull: { readonly number: number; readonly title: string };
  /** Names of the labels that the issue has by now. */
  readonly issueLabels: ReadonlySet<string>;
  /** Without the `v`: `2.41.0`. */
  readonly version: string;
}

/** A sample that means what a step says. */
export interface FoundSample {
  readonly sample: Sample;
  readonly draft: Omit<EventDraft, 'type'>;
  /** The forge tells all labels each time, so those of the sample are to be those of the demo. */
  readonly tellsAllLabels: boolean;
}

const FIRST_LABEL_ID = 31;

/** Finds samples by meaning; reads the samples of a kind once. */
export function createSampleFinder(): (kind: ForgeKind, step: Step) => FoundSample | undefined {
  const known = new Map<ForgeKind, { sample: Sample; expectation: Expectation }[]>();
  return (kind, step) => {
    const all =
      known.get(kind) ?? listSamples(kind).map((sample) => ({ sample, expectation: readExpectation(sample) }));
    known.set(kind, all);
    const found = all.flatMap(({ sample, expectation }) => {
      const draft = findDraft(expectation, step);
      return draft === undefined ? [] : [{ sample, draft, tellsAllLabels: expectation.snapshot !== undefined }];
    });
    return found.find(({ draft }) => draft.actor?.login === step.by) ?? found.find(({ draft }) => !draft.actor?.bot);
  };
}

/** The one draft of a sample, when it means the step; on forges that do not name the change, the snapshot that shows it. */
function findDraft({ drafts, snapshot }: Expectation, step: Step): Omit<EventDraft, 'type'> | undefined {
  const [only, ...others] = drafts;
  if (only !== undefined) {
    const fits =
      others.length === 0 &&
      only.type === step.means &&
      only.test !== true &&
      only.deleted !== true &&
      (step.subject === undefined || only.subject === step.subject) &&
      (step.label === undefined || only.label === step.label);
    return fits ? only : undefined;
  }
  const [subject, verb] = step.means.split('.');
  const fits =
    verb === 'labeled' &&
    snapshot?.subject === subject &&
    snapshot?.touched === 'labels' &&
    step.label !== undefined &&
    snapshot.labels?.includes(step.label) === true;
  return fits ? snapshot?.base : undefined;
}

/** The sample with the numbers, titles and words of this demo, wherever its payload names them. */
export function recast({ sample, draft, tellsAllLabels }: FoundSample, step: Step, cast: Cast): Sample {
  const role = draft.subject === undefined ? undefined : cast[draft.subject];
  const texts = new Map<string, string>();
  if (role !== undefined && draft.title !== undefined) texts.set(draft.title, role.title);
  if (step.body !== undefined && draft.body !== undefined) texts.set(draft.body, step.body);
  const pieces: [from: string | RegExp, to: string][] = [];
  if (role !== undefined && draft.number !== undefined) {
    const number = new RegExp(`(/(?:issues|pulls?|pull-requests|merge_requests)/)${draft.number}(?!\\d)`, 'g');
    pieces.push([number, `$1${role.number}`]);
  }
  if (draft.tag !== undefined) {
    pieces.push([draft.tag, `v${cast.version}`]);
    if (draft.title !== undefined) texts.set(draft.title, cast.version);
  }

  const labels = tellsAllLabels && draft.subject === 'issue' ? [...cast.issueLabels] : undefined;

  const replace = (value: unknown, key: string, parent: string): unknown => {
    if (labels !== undefined && key === 'labels' && Array.isArray(value)) {
      return labels.map((name, index) => ({ id: FIRST_LABEL_ID + index, name, color: '1d76db' }));
    }
    if (Array.isArray(value)) return value.map((one) => replace(one, key, parent));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replace(inner, name, key)]));
    }
    if (typeof value === 'number') {
      return role !== undefined && value === draft.number && isNumberPlace(key, parent) ? role.number : value;
    }
    if (typeof value !== 'string') return value;
    if (step.fails === true && key === 'conclusion') return 'failure';
    const text = texts.get(value) ?? value;
    return pieces.reduce((done, [from, to]) => done.replaceAll(from, to), text);
  };
  return { ...sample, payload: replace(sample.payload, '', '') as JsonObject };
}

/** Where the forges keep the number of an issue or pull request; elsewhere an equal number means something else. */
function isNumberPlace(key: string, parent: string): boolean {
  return /^(number|iid|index)$/.test(key) || (key === 'id' && /^(issue|pullrequest|pullRequest)$/.test(parent));
}
