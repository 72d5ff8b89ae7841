import type { FastifyHelmetOptions } from '@fastify/helmet';

/**
 * Headers that keep a browser from doing more with an answer than it should. Scripts come only from our own files, never from
 * the page. Style elements are allowed inline: the component library writes its theme variables into one, and a style
 * cannot run code.
 */
export function toSecurityHeaders(publicUrl: string | null): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        scriptSrcAttr: ["'none'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Sent only when the hub is reached over HTTPS; a home lab over HTTP must not be locked out.
    strictTransportSecurity: publicUrl?.startsWith('https:') ? { maxAge: 15_552_000, includeSubDomains: false } : false,
    crossOriginEmbedderPolicy: false,
    // A page that `http.corsOrigins` names reads across origins; CORS decides, not this header.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
  };
}
