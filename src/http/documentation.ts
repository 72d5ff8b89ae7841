import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

/** Describes every route at `/api/openapi.json` and shows the description at `/api/docs`. Add before the routes. */
export async function registerDocumentation(app: FastifyInstance, options: { version: string }): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fettle',
        version: options.version,
        description: 'One hub between your Git forges and everything that should happen when something happens there.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });

  app.get('/api/openapi.json', { config: { access: 'viewer' }, schema: { hide: true } }, () => app.swagger());

  await app.register(async (docs) => {
    // The plugin declares routes that say nothing about access.
    docs.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'viewer' };
    });
    await docs.register(swaggerUi, {
      routePrefix: '/api/docs',
      // The page would otherwise show a badge from a server of others, which learns of the hub.
      uiConfig: { validatorUrl: null },
    });
  });
}
