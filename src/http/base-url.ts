import type { FastifyRequest } from 'fastify';

/** The address under which the caller reaches the hub, without a slash at the end: the public one, else the one it used. */
export function toBaseUrl(request: FastifyRequest, publicUrl: string | null): string {
  return (publicUrl ?? `${request.protocol}://${request.host}`).replace(/\/+$/, '');
}
