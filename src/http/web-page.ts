import { access } from 'node:fs/promises';
import { extname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Pages that end in the name of a node, which may look like that of a file. */
const NODE_PAGES = '/ledger/';

/**
 * Paths that are never a page of the web UI: what is not found there is not found. `/events` is the stream, but `/events/<id>`, by id or
 * `seq`, is the page of one event.
 */
const NOT_A_PAGE =
  /^\/((api|webhook|webhooks|webhook_server|health|metrics|mcp|activity)(\/|$)|events(\/?$|\/(?!([\da-f]{8}-[\da-f-]{27}|\d{1,15})$)))/;

/**
 * Serves the built web UI from `folder`. The pages are made by the script in the browser, so every address that looks like one
 * gets the same document. File names of built assets hold a hash of their content and may be kept for ever.
 */
export async function registerWebPage(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    serve: false,
    cacheControl: false,
    index: false,
    dotfiles: 'deny',
  });

  app.get('/*', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    const path = decodeURIComponent(request.url.split('?', 1)[0] ?? '/');
    if (NOT_A_PAGE.test(path)) return reply.callNotFound();
    if (path.startsWith('/assets/')) {
      reply.header('cache-control', 'public, max-age=31536000, immutable');
      return reply.sendFile(path.slice(1));
    }
    reply.header('cache-control', 'no-cache');
    const isFile = extname(path) !== '' && path !== '/index.html' && !path.startsWith(NODE_PAGES);
    if (isFile) return reply.sendFile(path.slice(1));
    const wantsPage = path === '/' || /text\/html/.test(request.headers.accept ?? '');
    if (!wantsPage) return reply.callNotFound();
    if (await isBuilt(folder)) return reply.sendFile('index.html');
    return reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT);
  });
}

async function isBuilt(folder: string): Promise<boolean> {
  return access(join(folder, 'index.html')).then(
    () => true,
    () => false,
  );
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Fettle</title>
<h1>Fettle is running</h1>
<p>This page has not been built yet. Stop the hub and start it with <code>npm start</code>, which builds it,
or run <code>npx vite build web</code> and reload.</p>
<p>Webhooks, the event stream and the <a href="/api/docs">API</a> work without it.</p>
</html>
`;
