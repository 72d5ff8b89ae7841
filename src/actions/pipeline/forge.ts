import { FettleError } from '../../core/errors.ts';
import type { Event, Repository } from '../../core/event.ts';
import type { ForgeApi } from '../../forges/api-contract.ts';
import type { WorkflowApi, WorkflowRef, WorkflowRun } from '../../forges/write-contract.ts';
import type { RunContext, TargetEvent } from '../../jobs/contract.ts';
import type { PipelineEngine, Seen, Started } from './engine.ts';
import type { ForgeInput } from './input.ts';
import { findOurs, toStartable } from './forge-start.ts';
import { startOnce } from './start-once.ts';

/** Workflows of Gitea, Forgejo and GitHub, pipelines of GitLab: on the forge of the event, with the token that the hub has for it. */
export const forgeEngine: PipelineEngine<ForgeInput> = {
  target(input, event) {
    const { forge, fullName } = toPlace(input, event);
    return {
      destination: `forge:${forge}`,
      orderKey: `pipeline.dispatch forge:${forge} ${fullName} ${input.workflow ?? ''}`,
      credential: `forge:${forge}`,
      reaches: [`repo:${forge}/${fullName}`],
    };
  },
  async open(context, input) {
    const { forge, fullName } = toPlace(input, context.event);
    const { kind } = context.config().forges[forge] ?? {};
    if (kind !== 'gitlab' && (Object.keys(input.variables).length > 0 || input.triggerToken !== undefined)) {
      const detail = `\`variables\` and \`triggerToken\` are GitLab's, and \`${forge}\` is another kind: use \`inputs\`.`;
      throw new FettleError('input_invalid', detail);
    }
    const api = context.forge(forge);
    const { workflows } = api;
    if (workflows === undefined) {
      const detail = `Fettle cannot start workflows on \`${forge}\`, because this kind of forge has none. Name another \`engine\`.`;
      throw new FettleError('rule_invalid', detail);
    }
    const repo = toRepository(fullName, context.event);
    const { triggerToken } = input;
    const workflow: WorkflowRef = {
      repo,
      workflow: input.workflow,
      ref: input.ref ?? findEventRef(fullName, context.event) ?? (await getDefaultBranch(context, api, repo)),
      inputs: input.inputs,
      variables: input.variables,
      triggerToken: triggerToken === undefined ? undefined : await context.secret(triggerToken),
    };
    return {
      name: input.workflow === undefined ? `the pipeline of ${fullName}` : `${input.workflow} of ${fullName}`,
      start: () => startOnce(context, toStartable(context, workflows, workflow)),
      look: (started) => look(context, workflows, workflow, started),
    };
  },
};

async function look(
  context: RunContext,
  workflows: WorkflowApi,
  workflow: WorkflowRef,
  { id, among }: Started,
): Promise<Seen | undefined> {
  if (id !== null) return toSeen(await workflows.get(workflow.repo, id));
  if (among === undefined) {
    throw new FettleError('upstream_refused', 'This forge neither says which run it made nor shows its runs.');
  }
  let isHidden = false;
  const found = await context
    .step('find the run', async () => {
      const run = await findOurs(workflows, workflow, among);
      isHidden = run === undefined;
      if (run === undefined) throw new FettleError('upstream_failed', 'The forge does not show it yet.');
      return run.id;
    })
    .catch((error: unknown) => {
      if (!isHidden) throw error;
      return null;
    });
  return found === null ? undefined : toSeen(await workflows.get(workflow.repo, found));
}

function toSeen({ state, url }: WorkflowRun): Seen {
  return { state: state === 'pending' ? 'running' : state, url };
}

/** @throws FettleError `input_invalid` when a rule without an event does not say where, or another forge than that of the event. */
function toPlace(input: ForgeInput, event: TargetEvent): { forge: string; fullName: string } {
  const forge = event?.forge ?? input.forge;
  const fullName = input.repo ?? event?.repo?.fullName;
  if (input.forge !== undefined && input.forge !== forge) {
    const detail = `\`forge\` says ${input.forge}, but the event is from ${forge}, and a pipeline is started on the forge of the event. Take \`forge\` away.`;
    throw new FettleError('input_invalid', detail);
  }
  if (forge === undefined || fullName === undefined) {
    const detail = 'There is no event with a repository here: name `forge` and `repo`, such as `repo: owner/name`.';
    throw new FettleError('input_invalid', detail);
  }
  if (!/^[^/]+(\/[^/]+)+$/.test(fullName)) {
    throw new FettleError('input_invalid', 'The `repo` of a pipeline is written `owner/name`.');
  }
  return { forge, fullName };
}

function toRepository(fullName: string, event: Event | null): Repository {
  if (event?.repo?.fullName === fullName) return event.repo;
  const slash = fullName.lastIndexOf('/');
  return { fullName, owner: fullName.slice(0, slash), name: fullName.slice(slash + 1) };
}

/** Branch or tag of the event, where it still is one of that repository. */
function findEventRef(fullName: string, event: Event | null): string | undefined {
  if (event?.repo?.fullName !== fullName) return undefined;
  if (event.deleted === true || event.type.endsWith('.deleted')) return event.repo.defaultBranch;
  return event.branch ?? (event.tag === undefined ? event.repo.defaultBranch : `refs/tags/${event.tag}`);
}

async function getDefaultBranch(context: RunContext, api: ForgeApi, repo: Repository): Promise<string> {
  const branch = await context.step('find the default branch', async () => {
    return (await api.repositories?.find(repo.fullName))?.defaultBranch ?? null;
  });
  if (branch !== null) return branch;
  const detail = `The default branch of ${repo.fullName} is not known: name the branch with \`ref\`.`;
  throw new FettleError('input_invalid', detail);
}
