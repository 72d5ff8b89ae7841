import { z } from 'zod';
import { secretReference, template } from '../../config/action-fields.ts';
import { duration } from '../../config/shapes.ts';
import { isFreeHeader } from '../webhook/headers.ts';

/** The input of `pipeline.dispatch`: one form for each engine, told apart by `engine`. Fields of one name mean the same in all of them. */

const address = (about: string) => template(about).meta({ escape: 'url' });

const values = (about: string) => z.record(z.string().min(1).max(200), template('Value.')).describe(about).default({});

const token = (about: string) => secretReference(about);

/** How the end of a pipeline is waited for. */
const Following = {
  follow: z
    .boolean()
    .default(true)
    .describe('Ask how the pipeline goes on until it ends, and record how. `false` ends the run once it is started.'),
  ...toLimits(),
};

function toLimits() {
  return {
    followFor: duration('1m', '7d')
      .prefault('6h')
      .describe('How long to ask; then the run ends and says that it still goes on.'),
    required: z
      .boolean()
      .default(false)
      .describe(
        'Whether the run fails when the pipeline does. Without it a started pipeline is a success, and its end is told in the result.',
      ),
  };
}

export const ForgeInput = z.strictObject({
  engine: z
    .literal('forge')
    .describe('Actions or pipelines of the forge itself; what is meant without `engine`.')
    .optional(),
  workflow: template(
    'The workflow, by its file such as `build.yml`; it must have the trigger `workflow_dispatch`. GitLab has no such name: leave it out there.',
  ).optional(),
  ref: template(
    'Branch or tag to run. Without it the branch or tag of the event, or else the default branch.',
  ).optional(),
  inputs: values('Inputs that the workflow or pipeline declares.'),
  variables: values('CI/CD variables of a GitLab pipeline.'),
  triggerToken: secretReference(
    'Token of a GitLab pipeline trigger, for when the token of the forge may not start pipelines.',
  ).optional(),
  repo: template('Full name of the repository, on the same forge. Without it the repository of the event.').optional(),
  forge: z
    .string()
    .min(1)
    .describe('Name of the forge, for a rule with a schedule, which has no event. Otherwise the forge of the event.')
    .optional(),
  ...Following,
});

export const WoodpeckerInput = z.strictObject({
  engine: z.literal('woodpecker').describe('Woodpecker CI.'),
  url: address('Address of Woodpecker.'),
  repo: template('Full name of the repository there. Without it and `repoId` the repository of the event.').optional(),
  repoId: z
    .number()
    .int()
    .positive()
    .describe('Number of the repository in Woodpecker, which saves looking it up.')
    .optional(),
  branch: template('Branch to run. Without it the branch of the event, or else the default branch.').optional(),
  variables: values('Variables of the pipeline. `FETTLE_RUN` is set besides, to recognise the pipeline by.'),
  token: token('Personal token of a Woodpecker account that may push to the repository.'),
  ...Following,
});

export const JenkinsInput = z.strictObject({
  engine: z.literal('jenkins').describe('Jenkins.'),
  url: address('Address of Jenkins.'),
  job: template('Path of the job, with its folders, such as `team/app/main`.'),
  parameters: values('Parameters that the job declares. Jenkins drops others.'),
  user: z.string().min(1).describe('Account that the API token belongs to.'),
  token: token('API token of that account.'),
  ...Following,
});

export const DagInput = z.strictObject({
  engine: z.literal('dag').describe('A DAG engine: Dagu or Airflow.'),
  flavour: z.enum(['dagu', 'airflow']).describe('Which one.'),
  url: address(
    'Address of the engine. Add `/api/v2` for a Dagu before 2.0, or `/api/v1` for an Airflow before 3.0; the newer ones are meant without.',
  ),
  dag: template('Name of the DAG: of its file for Dagu, its id for Airflow.'),
  params: values('Parameters of the DAG run.'),
  user: z.string().min(1).describe('Account, where the engine takes a password and no token.').optional(),
  token: token('API token; the password with `user`.').optional(),
  ...Following,
});

/** Where something stands in JSON: https://www.rfc-editor.org/rfc/rfc6901. */
const pointer = (about: string) =>
  z
    .string()
    .regex(/^(\/([^~/]|~[01])*){1,20}$/)
    .describe(about)
    .meta({ title: 'a JSON pointer such as /run/id' });

const words = (about: string) => z.array(z.string().min(1)).min(1).max(50).describe(about);

export const HttpInput = z.strictObject({
  engine: z.literal('http').describe('Anything that starts a pipeline by one HTTP request.'),
  url: address('Address to send to. A field of the event in it is always encoded as one part of the address.'),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('POST').describe('How it is sent.'),
  headers: z
    .record(
      z
        .string()
        .refine(isFreeHeader)
        .meta({ title: 'the name of a header that Fettle does not set itself; for Authorization use `token`' }),
      template('Value of the header.'),
    )
    .describe('Further headers.')
    .default({}),
  body: template(
    'What is sent, as JSON; fields of the event need `| json`. Without it the event in a CloudEvents 1.0 envelope, and nothing with GET and DELETE.',
  ).optional(),
  contentType: z
    .string()
    .regex(/^[\w!#$&^.+-]{1,60}\/[\w!#$&^.+-]{1,60}(; ?[\w-]{1,30}=[\w-]{1,30})?$/)
    .meta({ title: 'a media type such as text/plain' })
    .describe('Type of `body`; application/json when left out.')
    .optional(),
  token: token('Sent as `Authorization: Bearer …`.').optional(),
  secret: secretReference('Signs the request as Standard Webhooks says: `whsec_…`, or any text.').optional(),
  expect: z
    .array(z.number().int().min(200).max(599))
    .min(1)
    .describe('Statuses that mean that it was started. Without it any from 200 to 299.')
    .optional(),
  follow: z
    .strictObject({
      idFrom: pointer('Where the answer has the id of what was started.'),
      url: address(
        'Address that tells how it goes; `{id}` in its path or query stands for the id. It gets the same `token`.',
      ),
      stateFrom: pointer('Where that answer has the state.'),
      success: words('States that mean that it ended well.'),
      failure: words('States that mean that it ended otherwise. Any other state means that it goes on.'),
      page: pointer('Where the first answer, or that of `url`, has the address of a page to look at.').optional(),
    })
    .describe('How to ask until it ends. Without it the run ends once the request is answered.')
    .optional(),
  ...toLimits(),
});

export const PipelineInput = z.discriminatedUnion('engine', [
  ForgeInput,
  WoodpeckerInput,
  JenkinsInput,
  DagInput,
  HttpInput,
]);

export type PipelineInput = z.output<typeof PipelineInput>;
export type ForgeInput = z.output<typeof ForgeInput>;
export type WoodpeckerInput = z.output<typeof WoodpeckerInput>;
export type JenkinsInput = z.output<typeof JenkinsInput>;
export type DagInput = z.output<typeof DagInput>;
export type HttpInput = z.output<typeof HttpInput>;
