import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld } from '../../testing/service-world.ts';

let world: ServiceWorld;
let api: RunningApi;

beforeAll(async () => {
  world = await serviceWorld();
  api = await world.startApi();
});
afterAll(() => world?.[Symbol.asyncDispose]());

const get = (path: string) => fetch(`${api.url}${path}`, { redirect: 'manual' });

describe('the API reference', () => {
  it('is a page whose every script, style and picture this address serves', async () => {
    const page = await get('/docs/');
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    const html = await page.text();
    const own = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path as string);
    expect(own.length).toBeGreaterThan(3);
    for (const path of [...own, 'oauth2-redirect.html', 'oauth2-redirect.js']) {
      const answer = await get(`/docs/${path}`);
      expect([path, answer.status, (await answer.text()).length > 100]).toEqual([path, 200, true]);
    }
    expect(html).not.toMatch(/https?:\/\//);
  });

  it('may run its own scripts only, and call this API and the issuer only', async () => {
    const policy = (await get('/docs/')).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain(`connect-src 'self' ${new URL(world.issuer.url).origin};`);
    expect(policy).toContain("frame-ancestors 'none'");
  });

  it('finds the operations and the sign-in in the served description', async () => {
    const description = (await (await get('/v1/openapi.json')).json()) as { components: { securitySchemes: { person: unknown } } };
    expect(JSON.stringify(description.components.securitySchemes.person)).toContain(`${world.issuer.url}/protocol/openid-connect/token`);
  });

  it.each(['/docs/package.json', '/docs/..%2f..%2fpackage.json', '/docs/%2e%2e/%2e%2e/etc/passwd', '/docs/swagger-ui-bundle.js.map'])(
    'serves nothing else of the package or the disk: %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  it('sends /docs to /docs/', async () => {
    const answer = await get('/docs');
    expect([answer.status, answer.headers.get('location')]).toEqual([308, '/docs/']);
  });
});
