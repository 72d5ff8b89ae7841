import type { IncomingHttpHeaders } from 'node:http';
import { headerOf } from '../signature.ts';
import { hasList, type JsonObject, objectAt, textAt } from '../read.ts';

/**
 * Cloud and Data Center share a kind and a signature but no word of their bodies. The event key decides, since the two
 * vocabularies do not overlap; for keys neither is known to have, the shape of the body; last the headers. `X-Request-Id` alone
 * proves nothing: many proxies add one.
 */
export type Dialect = 'cloud' | 'data-center';

const DATA_CENTER_KEYS =
  /^(pr|mirror|diagnostics):|^repo:(refs_changed|modified|forked|comment|secret_detected)\b|^proj(ect)?:modified$/;
const CLOUD_KEYS =
  /^(pullrequest|issue|pipeline):|^repo:(push|fork|updated|transfer|created|deleted|imported|commit_)|^project:updated$/;

/** Which of the two a delivery is in; Data Center when nothing tells. */
export function toDialect(event: string | undefined, headers: IncomingHttpHeaders, payload: JsonObject): Dialect {
  // The "Post Webhooks" plugin of Data Center sends the bodies of Cloud, so a Cloud push is one whatever its headers.
  if (hasList(payload, 'push', 'changes')) return 'cloud';
  if (event !== undefined && DATA_CENTER_KEYS.test(event)) return 'data-center';
  if (event !== undefined && CLOUD_KEYS.test(event)) return 'cloud';
  if (textAt(payload, 'eventKey') !== undefined || objectAt(payload, 'pullRequest') !== undefined) return 'data-center';
  if (textAt(payload, 'repository', 'full_name') !== undefined) return 'cloud';
  const cloudHeader = headerOf(headers, 'x-hook-uuid') ?? headerOf(headers, 'x-request-uuid');
  return cloudHeader === undefined ? 'data-center' : 'cloud';
}
