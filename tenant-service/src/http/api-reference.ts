import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';

/** The public client of the realm that people sign in with on this page. */
export const API_REFERENCE_CLIENT = 'tenantry-docs';

/** Served files, and where Keycloak sends a person back to. Whatever else the package holds stays inside. */
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'oauth2-redirect.html', 'oauth2-redirect.js', 'favicon-32x32.png'];

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Tenantry API</title>
  <link rel="stylesheet" href="swagger-ui.css">
  <link rel="icon" href="favicon-32x32.png">
</head>
<body>
  <div id="reference"></div>
  <script src="swagger-ui-bundle.js"></script>
  <script src="start.js"></script>
</body>
</html>
`;

const START = `const reference = SwaggerUIBundle({
  url: '/v1/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  displayRequestDuration: true,
  oauth2RedirectUrl: new URL('oauth2-redirect.html', location.href).href,
  validatorUrl: 'none',
});
reference.initOAuth({
  clientId: '${API_REFERENCE_CLIENT}',
  scopes: ['openid', 'organization', 'tenantry-api'],
  usePkceWithAuthorizationCodeGrant: true,
});
`;

/**
 * The API reference at `/docs/`: Swagger UI from our own address, which reads `/v1/openapi.json` and can call every operation after a sign-in.
 * Nothing is loaded from elsewhere; only the identity provider at `issuer` may be called besides this API.
 */
export function apiReference(issuer: string): Router {
  const directory = filesDirectory();
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    // Swagger UI sets styles of elements.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    `connect-src 'self' ${new URL(issuer).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

  const router = Router({ strict: true });
  router.use((_request, response, next) => {
    response.set({ 'content-security-policy': policy, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    next();
  });
  router.get('/docs', (_request, response) => response.redirect(308, '/docs/'));
  router.get('/docs/', (_request, response) => void response.type('html').send(PAGE));
  router.get('/docs/start.js', (_request, response) => void response.type('js').send(START));
  const files = express.static(directory, { index: false, redirect: false, maxAge: '1h' });
  router.get(
    FILES.map((file) => `/docs/${file}`),
    (request, response, next) => {
      request.url = request.url.slice('/docs'.length);
      files(request, response, next);
    },
  );
  return router;
}

/** Beside the bundle in an image, in the package in a checkout. */
function filesDirectory(): string {
  const beside = fileURLToPath(new URL('./docs', import.meta.url));
  return existsSync(beside) ? beside : dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}
