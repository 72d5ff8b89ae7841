import { ERRORS, type ErrorCode } from '../../src/core/errors.ts';
import { ERROR_ADVICE } from './error-advice.ts';
import { GENERATED_NOTE } from './markdown.ts';

/** docs/errors.md, from the error registry. */
export function toErrorsPage(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  return [
    GENERATED_NOTE,
    '# Errors',
    'Fettle answers errors as problem documents (RFC 9457), `Content-Type: application/problem+json`:',
    '```json\n{\n  "type": "https://fettle.dev/errors#signature_invalid",\n  "title": "The signature does not match",\n  "status": 401,\n  "detail": "What happened, where, and what to do next.",\n  "code": "signature_invalid",\n  "instance": "/webhook/home"\n}\n```',
    'Programs decide by `code`, which never changes its meaning; `title` and `detail` are for people. "Try again" says whether the same request can succeed later; where a time is known, `Retry-After` holds it in seconds.',
    ...codes.map(toSection),
  ].join('\n\n');
}

function toSection(code: ErrorCode): string {
  const { status, retryable, title } = ERRORS[code];
  const facts = `**${title}.** HTTP status ${status}. Try again: ${retryable ? 'yes' : 'no'}.`;
  return [`## ${code}`, facts, ERROR_ADVICE[code]].join('\n\n');
}
