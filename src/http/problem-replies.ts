import type { Socket } from 'node:net';
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { ERRORS, type ErrorCode, FettleError, toProblem } from '../core/errors.ts';
import { isConflict, isDatabaseAbsent } from '../store/database-errors.ts';
import { toLoggedUrl } from './request-log.ts';

/** Every error leaves as an RFC 9457 problem document. What nobody foresaw leaves as an id only; its stack is in the log. */

/** Answers with a problem document. `instance` is the request's correlation id. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: FettleError): FastifyReply {
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
  return reply
    .code(error.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json; charset=utf-8')
    .serializer((problem: unknown) => JSON.stringify(problem))
    .send(toProblem(error.code, error.message, request.id, error.holder));
}

/** Turns everything thrown in a route or hook into a problem document. */
export function registerErrorHandler(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | Error, request, reply) => {
    const expected = toExpectedError(error);
    if (expected === undefined) {
      request.log.error({ err: error, method: request.method, url: toLoggedUrl(request.url) }, 'Request failed');
      return sendProblem(request, reply, toInternalError(request.id));
    }
    if (expected.status >= 500) {
      // A stack would say where the refusal is written, not why it came, once per request while a database is away.
      request.log.warn({ code: expected.code, detail: expected.message, err: expected.cause }, 'Request refused');
    }
    return sendProblem(request, reply, expected);
  });
}

/** Answers what has no route: 405 where the path exists for other methods, else 404. */
export function registerNotFoundHandler(app: FastifyInstance, allowedMethods: (path: string) => string[]): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const methods = allowedMethods(path);
    if (methods.length > 0 && !methods.includes(request.method)) {
      reply.header('allow', methods.join(', '));
      const detail = `${request.method} is not possible here; use ${methods.join(' or ')}.`;
      return sendProblem(request, reply, new FettleError('method_not_allowed', detail));
    }
    return sendProblem(
      request,
      reply,
      new FettleError('not_found', 'There is nothing at this address. /api/docs lists what there is.'),
    );
  });
}

function toInternalError(requestId: string): FettleError {
  return new FettleError('internal', `Something went wrong. The log has the reason under the id ${requestId}.`);
}

const FASTIFY_CODES: Record<string, [ErrorCode, string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body_too_large', 'The body is larger than this address takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body is not as long as Content-Length says.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid_request', 'The body is empty; it must be JSON.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_request', 'The body is not valid JSON.'],
  FST_ERR_BAD_URL: ['invalid_request', 'The path of the URL cannot be decoded.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'A part of the path is too long.'],
};

/** The caller's view of an error, or undefined when it is none of the caller's doing. */
function toExpectedError(error: FastifyError | Error): FettleError | undefined {
  if (error instanceof FettleError) return error;
  if (isDatabaseAbsent(error) || isConflict(error)) {
    const detail = 'The database does not answer now. Deliveries are still accepted; try again in a moment.';
    return new FettleError('store_unavailable', detail, { cause: error, retryAfterSeconds: 5 });
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const where = 'validationContext' in error ? error.validationContext : 'request';
    const problems = error.validation.map(({ instancePath, message }) => `${where}${instancePath}: ${message}`);
    return new FettleError('invalid_request', problems.join('; '));
  }
  if (!('code' in error) || !('statusCode' in error)) return undefined;
  const known = FASTIFY_CODES[error.code];
  if (known !== undefined) return new FettleError(...known);
  const isCallersFault = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return isCallersFault ? new FettleError('invalid_request', 'The request is not valid.') : undefined;
}

const CONNECTION_CODES: Record<string, [ErrorCode, string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time (http.bodyTimeout).'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The request line and headers are larger than 16 kB.'],
};

/** Answers bytes that are no HTTP request, or one that never ended, and closes the connection. */
export function createClientErrorHandler(log: FastifyBaseLogger): (error: Error, socket: Socket) => void {
  return (error, socket) => {
    const cause = 'code' in error ? String(error.code) : 'unknown';
    if (cause === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const [code, detail] = CONNECTION_CODES[cause] ?? ['invalid_request', 'This is not a valid HTTP request.'];
    log.debug({ cause, address: socket.remoteAddress }, 'Malformed request');
    const body = JSON.stringify(toProblem(code, detail));
    const { status, title } = ERRORS[code];
    socket.end(
      `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json; charset=utf-8\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      () => socket.destroy(),
    );
  };
}
