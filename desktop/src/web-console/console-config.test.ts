import { expect, it } from 'vitest';
import { readConsoleConfig } from './console-config.ts';

const ENVIRONMENT = { API_URL: 'http://tenantry-api:28080', ISSUER: 'https://id.example/realms/tenantry' };

it('needs two addresses; the rest is what most installations want', () => {
  expect(readConsoleConfig(ENVIRONMENT)).toEqual({
    host: '0.0.0.0',
    port: 28173,
    apiUrl: 'http://tenantry-api:28080',
    settings: { name: 'Tenantry', kind: 'production', issuer: 'https://id.example/realms/tenantry', clientId: 'tenantry-web-console' },
  });
});

it('names everything that is wrong at once, a sign-in without TLS among it', () => {
  const read = () => readConsoleConfig({ ISSUER: 'http://id.example/realms/tenantry', PORT: 'x', ENVIRONMENT_KIND: 'prod' });
  for (const name of ['API_URL', 'ISSUER', 'PORT', 'ENVIRONMENT_KIND']) expect(read).toThrow(name);
  expect(read).toThrow('must begin with https://');
});
