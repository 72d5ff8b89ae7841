import type { ForgeKind } from '../../../src/core/vocabulary.ts';

/** Where the address and the secret are entered, step by step; the same as in the guide of each kind, in short. */
export const INSTRUCTIONS: Record<ForgeKind, readonly string[]> = {
  gitea: [
    'Open Settings → Webhooks → Add webhook → Gitea, of a repository, an organisation or your account.',
    'Paste the URL and the secret, keep POST and application/json, choose “All events”.',
    'On a private network the administrator must allow the hub’s address: ALLOWED_HOST_LIST under [webhook] in app.ini.',
    'Press “Test delivery”: a push marked “test” appears here.',
  ],
  forgejo: [
    'Open Settings → Webhooks → Add webhook → Forgejo, of a repository, an organisation or your account.',
    'Paste the URL and the secret, keep POST and application/json, choose “All events”.',
    'On a private network the administrator must allow the hub’s address: ALLOWED_HOST_LIST under [webhook] in app.ini.',
    'Press “Test delivery”: a push marked “test” appears here.',
  ],
  gogs: [
    'Open Settings → Webhooks → Add a new webhook → Gogs.',
    'Paste the URL and the secret, keep application/json, choose “I need everything”.',
    'Press “Test Delivery”: a push marked “test” appears here.',
  ],
  github: [
    'Open Settings → Webhooks → Add webhook, of a repository or an organisation.',
    'Paste the URL and the secret, choose the content type application/json and “Send me everything”.',
    'GitHub sends a ping at once, which appears here. The hub must be reachable from the internet.',
  ],
  gitlab: [
    'Open Settings → Webhooks → Add new webhook, of a project or a group.',
    'Paste the URL. Where there is a signing token, enter the secret there; else as the secret token.',
    'Choose the triggers, keep SSL verification on, and press Test → Push events.',
  ],
  bitbucket: [
    'Open Repository settings → Webhooks → Add webhook (Cloud), or Create webhook (Data Center).',
    'Paste the URL and the secret, and choose the triggers.',
    'On Data Center press “Test connection”.',
  ],
  onedev: [
    'Open Settings → Web Hooks of a project, and add one.',
    'Paste the URL and the secret, and choose the event types.',
    'OneDev sends the secret itself, so use HTTPS, or set insecure: true for this forge on a network you trust.',
  ],
};
