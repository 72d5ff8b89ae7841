import type { ForgeConfig } from '../../config/config.ts';
import { createForgeApi, type ForgeApi } from '../../forges/api.ts';
import type { OutgoingHttp } from '../../network/contract.ts';
import { fail, type Finding, ok, toReason, warn } from './finding.ts';

const WARN_SKEW_SECONDS = 60;
/** GitLab's signed time may differ by this much. */
const MAX_SKEW_SECONDS = 300;
const TIMEOUT_MS = 10_000;

/** One forge as seen from here: does it answer, is the token valid and whose is it, do the clocks agree. */
export async function checkForge(forge: ForgeConfig, outgoing: OutgoingHttp, clock: () => number): Promise<Finding[]> {
  const name = `forge ${forge.name}`;
  const secret = forge.unsigned
    ? [
        warn(
          `${name}: secret`,
          'unsigned: anybody who can reach the hub can send events',
          'Remove `unsigned` if the forge can sign.',
        ),
      ]
    : [];
  const api = createForgeApi(forge, outgoing);
  if (api === undefined) {
    const advice = `Set forges.${forge.name}.url, so that permissions can be looked up and this check can be made.`;
    return [...secret, warn(name, `${forge.kind}, its address is not known`, advice)];
  }
  try {
    const version = await api.getVersion();
    const answers = ok(name, `${forge.kind}${version === undefined ? '' : ` ${version}`} answers`);
    return [answers, ...secret, await checkToken(forge, api), ...(await checkClock(forge, outgoing, clock))];
  } catch (error) {
    if (forge.token === null) {
      const advice = `Webhooks still arrive. Once forges.${forge.name}.token is set, permissions and history are looked up there.`;
      return [warn(name, toReason(error), advice), ...secret];
    }
    const advice = 'Webhooks still arrive; looking up permissions and history does not work until this does.';
    return [fail(name, toReason(error), advice), ...secret];
  }
}

async function checkToken(forge: ForgeConfig, api: ForgeApi): Promise<Finding> {
  const name = `forge ${forge.name}: token`;
  if (forge.token === null) {
    const advice = `Set forges.${forge.name}.token to an access token that may read; without it permissions are \`unknown\` and the hub does not know its own account.`;
    return warn(name, 'not set', advice);
  }
  try {
    const { login, scopes } = await api.getOwnAccount();
    const allowed = scopes === undefined || scopes.length === 0 ? '' : `, scopes ${scopes.join(', ')}`;
    return ok(name, `valid, it belongs to ${login}${allowed}`);
  } catch (error) {
    return fail(name, toReason(error), `Make a new token there and set forges.${forge.name}.token.`);
  }
}

/** The `Date` header is good to a second and the way there takes time; only differences that matter are told. */
async function checkClock(forge: ForgeConfig, outgoing: OutgoingHttp, clock: () => number): Promise<Finding[]> {
  if (forge.url === null) return [];
  const answer = await outgoing.request({ url: forge.url, method: 'HEAD', timeoutMs: TIMEOUT_MS });
  const atMs = Date.parse(answer.headers['date'] ?? '');
  if (Number.isNaN(atMs)) return [];
  const skewSeconds = Math.round((atMs - clock()) / 1000);
  const name = `forge ${forge.name}: clock`;
  const detail = `${Math.abs(skewSeconds)} s ${skewSeconds < 0 ? 'behind' : 'ahead of'} this machine`;
  const advice = 'Set both clocks by NTP.';
  if (Math.abs(skewSeconds) > MAX_SKEW_SECONDS) return [fail(name, detail, advice)];
  return Math.abs(skewSeconds) > WARN_SKEW_SECONDS
    ? [warn(name, detail, advice)]
    : [ok(name, 'agrees with this machine')];
}
