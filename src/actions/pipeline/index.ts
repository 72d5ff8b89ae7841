import type { ActionTarget, RunContext, TargetEvent } from '../../jobs/contract.ts';
import { defineAction } from '../define-action.ts';
import { dagEngine } from './dag.ts';
import type { Pipeline } from './engine.ts';
import { type Following, followPipeline } from './follow.ts';
import { forgeEngine } from './forge.ts';
import { httpEngine } from './http.ts';
import { PipelineInput } from './input.ts';
import { jenkinsEngine } from './jenkins.ts';
import { woodpeckerEngine } from './woodpecker.ts';

/**
 * Starts a pipeline once and follows it. Not every engine recognises a repeated start, so the whole counts as one that does not; each
 * engine says above its code what becomes of a start whose answer is lost.
 */
export const pipelineDispatch = defineAction({
  name: 'pipeline.dispatch',
  summary:
    'Starts a pipeline and follows it to its end: on the forge, Woodpecker, Jenkins, a DAG engine, or by any HTTP request.',
  input: PipelineInput,
  examples: [
    {
      title: 'A workflow of the repository itself, on the branch of the event',
      yaml: 'pipeline.dispatch: { workflow: build.yml, inputs: { commit: "{{ after }}" } }',
    },
    {
      title: 'A workflow of another repository, whose failure is a failure of the run',
      yaml: 'pipeline.dispatch: { workflow: deploy.yml, repo: dataforge/deploy, ref: main, required: true }',
    },
    {
      title: 'Woodpecker',
      yaml: 'pipeline.dispatch:\n  engine: woodpecker\n  url: https://ci.example.org\n  token: ${env:WOODPECKER_TOKEN}\n  variables: { TARGET: staging }',
    },
    {
      title: 'A Jenkins job with parameters',
      yaml: 'pipeline.dispatch:\n  engine: jenkins\n  url: https://jenkins.example.org\n  job: team/release\n  user: fettle\n  token: ${file:/run/secrets/jenkins}\n  parameters: { REPO: "{{ repo.fullName }}" }',
    },
    {
      title: 'A DAG of Airflow, not followed',
      yaml: 'pipeline.dispatch:\n  engine: dag\n  flavour: airflow\n  url: https://airflow.example.org\n  dag: releases\n  params: { repo: "{{ repo.name }}" }\n  token: ${env:AIRFLOW_TOKEN}\n  follow: false',
    },
    {
      title: 'Anything else that an HTTP request starts, with where it tells how it goes',
      yaml: [
        'pipeline.dispatch:',
        '  engine: http',
        '  url: https://dag.example.org/run/{{ repo.name }}',
        '  body: \'{"commit": {{ after | json }}}\'',
        '  token: ${env:DAG_TOKEN}',
        '  follow:',
        '    idFrom: /run/id',
        '    url: https://dag.example.org/runs/{id}',
        '    stateFrom: /state',
        '    success: [done]',
        '    failure: [error, aborted]',
      ].join('\n'),
    },
  ],
  needs: [],
  idempotency: 'none',
  timeoutMs: 120_000,
  concurrency: 8,
  allowedInRepository: true,
  target: (input, event) => toTarget(input, event),
  async run(context, input) {
    const pipeline = await open(context, input);
    const started = await pipeline.start();
    return 'state' in started ? started : await followPipeline(context, pipeline, started, toFollowing(input));
  },
});

function toTarget(input: PipelineInput, event: TargetEvent): ActionTarget {
  switch (input.engine) {
    case 'woodpecker':
      return woodpeckerEngine.target(input, event);
    case 'jenkins':
      return jenkinsEngine.target(input, event);
    case 'dag':
      return dagEngine.target(input, event);
    case 'http':
      return httpEngine.target(input, event);
    default:
      return forgeEngine.target(input, event);
  }
}

function open(context: RunContext, input: PipelineInput): Promise<Pipeline> {
  switch (input.engine) {
    case 'woodpecker':
      return woodpeckerEngine.open(context, input);
    case 'jenkins':
      return jenkinsEngine.open(context, input);
    case 'dag':
      return dagEngine.open(context, input);
    case 'http':
      return httpEngine.open(context, input);
    default:
      return forgeEngine.open(context, input);
  }
}

function toFollowing({ follow, followFor, required }: PipelineInput): Following {
  return { follow: follow !== false, followForMs: followFor, required };
}
