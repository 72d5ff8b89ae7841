import { createHash } from 'node:crypto';
import { z } from 'zod';
import { secretReference, template } from '../../config/action-fields.ts';
import { FettleError } from '../../core/errors.ts';
import type { RunContext } from '../../jobs/contract.ts';
import type { OutgoingResponse } from '../../network/contract.ts';
import { toCredentialName } from '../credential-name.ts';
import { defineAction } from '../define-action.ts';
import { toNotice } from '../notice.ts';
import { sendRequest, toAnswerWords } from '../send-request.ts';
import { type SlackFlavour, toSlackPayload } from './payload.ts';

const Input = z.strictObject({
  url: secretReference(
    'Address of the incoming webhook. Whoever knows it can post to the channel, so it is given as a secret.',
  ),
  text: template(
    'What to say; by default a line that tells what happened, with a link. Sent as plain text.',
  ).optional(),
  channel: template('Channel to post to instead of the one of the webhook, where the other side allows it.').optional(),
  username: template(
    'Name to post under instead of the one of the webhook, where the other side allows it.',
  ).optional(),
  flavour: z
    .enum(['slack', 'mattermost', 'discord'])
    .default('slack')
    .describe('Whose webhook it is. For Discord give the address as Discord shows it; `/slack` is added.'),
});
type Input = z.output<typeof Input>;

/** Posts to an incoming webhook. Nothing recognises a repeated post, so the intent is recorded first. */
export const slackNotify = defineAction({
  name: 'slack.notify',
  summary: 'Posts a message to a channel of Slack, Mattermost or Discord.',
  input: Input,
  examples: [
    { title: 'The standard message', yaml: 'slack.notify:\n  url: ${env:SLACK_WEBHOOK_URL}' },
    {
      title: 'Discord, with words of your own',
      yaml: [
        'slack.notify:',
        '  url: ${file:/run/secrets/discord-webhook}',
        '  flavour: discord',
        '  text: "{{ actor.login }} published {{ release.tag }} of {{ repo.name }}: {{ url }}"',
      ].join('\n'),
    },
  ],
  needs: [],
  idempotency: 'none',
  timeoutMs: 30_000,
  concurrency: 1,
  allowedInRepository: false,

  target({ url }) {
    // The reference stands for the address, which must not be seen, and may itself hold a part of it.
    const name = createHash('sha256').update(url).digest('hex').slice(0, 12);
    return {
      destination: `slack:${name}`,
      orderKey: `slack.notify:${name}`,
      credential: toCredentialName([url]),
      reaches: [],
    };
  },

  async run(context: RunContext, input: Input) {
    const secret = await context.secret(input.url);
    const url = toWebhookUrl(secret, input.flavour);
    const body = toSlackPayload(toNotice(input.text, context), input.flavour, input);
    await context.effect('send', async () => {
      const headers = { 'content-type': 'application/json', 'fettle-hops': String(context.run.hops + 1) };
      const answer = await sendRequest(context, { url, method: 'POST', headers, body }, [secret], explain);
      checkAccepted(answer, url.host, secret);
      return answer.status;
    });
    return { state: 'succeeded', summary: `Posted by the webhook of ${url.host}.` };
  },
});

function toWebhookUrl(secret: string, flavour: SlackFlavour): URL {
  const url = URL.parse(secret.trim());
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new FettleError(
      'secret_unresolved',
      'What `url` of `slack.notify` stands for is no web address. Copy the whole address of the incoming webhook into it.',
    );
  }
  const path = url.pathname.replace(/\/+$/, '');
  if (flavour === 'discord' && !path.endsWith('/slack')) url.pathname = `${path}/slack`;
  return url;
}

/** Some answer 200 with a refusal in the body, and a proxy may answer 200 with its own page. */
function checkAccepted({ status, body }: OutgoingResponse, host: string, secret: string): void {
  const text = body.toString('utf8', 0, 2_000).trim();
  if (!/^<|"(?:ok|success)"\s*:\s*false/.test(text)) return;
  const words = toAnswerWords(body, [secret]);
  throw new FettleError(
    'upstream_refused',
    `${host} answered ${status}, but not that it took the message. Check that the address is the one of an incoming webhook.${words === '' ? '' : ` It says: ${explain(words)}`}`,
  );
}

/** What the words of Slack mean: https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks. */
const MEANINGS: Readonly<Record<string, string>> = {
  action_prohibited: 'an administrator of the workspace forbids it',
  channel_is_archived: 'the channel is archived; unarchive it or make a webhook for another',
  channel_not_found: 'there is no such channel; correct `channel` or leave it out',
  invalid_payload: 'the message is not as it should be; check `text` and `flavour`',
  invalid_token: 'the webhook is no longer valid; make a new one and change the secret',
  no_service: 'the webhook was removed or switched off; make a new one and change the secret',
  no_service_id: 'the address is not complete; copy it again',
  no_team: 'the workspace does not exist any more',
  posting_to_general_channel_denied: 'only some members may post to that channel',
  team_disabled: 'the workspace is switched off',
  user_not_found: 'there is no such person; correct `channel`',
};

function explain(words: string): string {
  const meaning = Object.hasOwn(MEANINGS, words) ? MEANINGS[words] : undefined;
  return meaning === undefined ? words : `${words}, which means: ${meaning}`;
}
