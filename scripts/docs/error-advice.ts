import type { ErrorCode } from '../../src/core/errors.ts';

/** For every error code, what a reader can do about it. A code without a row does not compile. */
export const ERROR_ADVICE: Record<ErrorCode, string> = {
  unknown_forge:
    'Check the last part of the webhook address: it must be the name of a forge in `fettle.yaml`. `GET /webhook/health` lists them.',
  ambiguous_alias: 'Use `/webhook/<name>` with the name of the forge instead of the alias.',
  signature_missing: 'Enter the webhook secret in the settings of the webhook on the forge.',
  signature_invalid:
    'The secret on the forge differs from the one Fettle has, or something on the way changed the body. Enter the secret again; `fettle forge secret <name>` shows a generated one.',
  signature_stale:
    'The clocks of the forge and of this machine differ by more than five minutes, or the request was held back or replayed. Set both clocks by NTP.',
  no_secret: 'Set `secret` for the forge, or let Fettle generate one by leaving it out.',
  insecure_transport:
    'Put TLS in front of Fettle and name the proxy in `http.trustedProxies`. On a network you trust, `insecure: true` for that forge accepts it.',
  body_too_large: 'Raise `ingest.maxBody`, or make the forge send less.',
  headers_too_large: 'Send fewer or shorter headers; a proxy on the way may add them.',
  request_timeout: 'The request did not arrive in time. Look for a slow network, or raise `http.bodyTimeout`.',
  not_json: 'The sender is not a forge, or the content type of the webhook is not JSON.',
  not_a_delivery: 'The address belongs to a forge of another kind. Check the `kind` of the forge in `fettle.yaml`.',
  too_many_unverified:
    'Wait for the time in `Retry-After`. If this is your own forge, its secret is wrong: verified deliveries are never limited.',
  inbox_full:
    'Free disk space, or find out why the database does not take deliveries: `fettle doctor` tells. Forges do not send again, so redeliver by hand what was refused.',
  inbox_unavailable: 'Look into the log for the reason the disk gave, and check the volume of `dataDir`.',
  too_busy: 'Wait for the time in `Retry-After`, or raise `ingest.bytesInFlight` if there is memory for it.',
  unauthenticated: 'Send a token as `Authorization: Bearer …`, or sign in.',
  forbidden: 'Use a token with a greater role or with a scope that covers this repository.',
  bad_host: 'Set `publicUrl` to the address you use.',
  bad_origin: 'Add the origin of the page to `http.corsOrigins`.',
  not_found: 'Check the address and the id.',
  method_not_allowed: 'Use one of the methods in the `Allow` header.',
  invalid_request: 'Correct the parameter that `detail` names.',
  unsupported_media_type: 'Send JSON with `Content-Type: application/json`.',
  rate_limited: 'Wait for the time in `Retry-After`.',
  too_many_clients: 'Close streams that nobody reads, or raise `stream.maxClients`.',
  store_unavailable:
    'Deliveries are still accepted. Start the database or correct `database.url`; Fettle connects by itself.',
  code_invalid: 'Codes work once and for 15 minutes. Make another with `fettle token sign-in`.',
  internal: 'Try again. If it happens again, look into the log for the id in `instance` and report it.',
  config_invalid:
    'Correct what `detail` lists; each line names file, line and column. `fettle check` shows it without a start.',
  config_unreadable: 'Check that the file named by `--config` or `FETTLE_CONFIG` exists and may be read.',
  secret_unresolved: 'Check the reference that `detail` names: the variable, the file or the command.',
  data_dir_locked: 'Stop the other process, or give this one another `dataDir`.',
  data_dir_unusable: 'Check that `dataDir` exists, has free space and belongs to the user that runs Fettle.',
  schema_too_new: 'Start the version of Fettle that was used before, or a newer one.',
  database_unsupported: 'Use PostgreSQL 15 or newer.',
  rule_invalid: 'Correct the rule that `detail` names. `fettle check` shows the place.',
  address_in_use: 'Stop what listens there, perhaps another Fettle, or choose another port with `--port`.',
  hub_unreachable: 'Start the hub, or name its address.',
  address_forbidden: 'If Fettle should reach this private network, add it to `network.allowPrivate`.',
  upstream_busy: 'Nothing: Fettle waits as long as the other side asks.',
  upstream_refused:
    'Correct what the rule sends or where to, then redrive the run: `fettle runs redrive <id>`. Fettle does not repeat it by itself.',
  credential_refused:
    'Replace the token or password that `detail` is about. Runs that need it wait and go on by themselves when it has changed.',
  access_refused:
    'Give the account the right to do this there, then let the runs go on: `fettle runs redrive <id>`, or replace the token.',
  template_failed:
    'Correct the template that `detail` names, then replay the event: `fettle replay <event> --redrive --yes`.',
  input_invalid: 'Correct the field that `detail` names. `fettle check` shows the place.',
  action_forbidden: 'Allow the action in the configuration of the hub, or take it out of the rule.',
  run_timeout: 'Look at the other side; a longer `timeout` in the rule gives it more time.',
  outcome_unknown:
    'Look whether the effect was made. If it was not, redrive the run; if it was, cancel it. `onUnknown: resend` decides it beforehand.',
  run_not_movable: 'Look at the state of the run; a run at work or finished well cannot be redriven.',
  upstream_failed: 'Look at the status of the other side. Fettle tries again by itself where that makes sense.',
  lease_stale:
    'Stop working on the task: the lease ended, or another agent holds it; `holder` says who. Claim again to get work; what was pushed is not lost.',
  task_not_movable:
    'Look at the state of the task with `fettle tasks show <id>`; `detail` says which states allow this.',
  task_cancelled:
    'Stop working on the task. What was submitted is kept in its journal; a person can open the task again.',
  agent_unknown: 'Use one of the names in `agents`, or add a profile there or with `PUT /api/v1/agents/<name>`.',
  idempotency_key_reused: 'Make a new key for every new request; use the same key only to repeat the very same one.',
};
