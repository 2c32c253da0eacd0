import { expect, it } from 'vitest';
import { commandsToTry, type Running, whatRuns } from './what-runs.ts';

const running: Running = {
  run: '.run',
  endpoints: {
    nodeAddress: '172.31.255.1',
    caFile: '/x/.run/pki/local/ca.crt',
    secretsFolder: '/x/.run/secrets',
    postgres: { host: '172.31.255.1', port: 25432, adminUser: 'platform_admin', cellDatabase: 'cell_main' },
    pgbouncer: { host: '172.31.255.1', port: 26432 },
    kafka: { host: '172.31.255.1', port: 29092 },
    rabbitmq: { host: '172.31.255.1', port: 25672, management: 'http://172.31.255.1:25673' },
    redis: { host: '172.31.255.1', port: 26379 },
    mongo: { host: '172.31.255.1', port: 27117 },
    s3: { url: 'http://172.31.255.1:27070', region: 'us-east-1', bucket: 'tenantry-main' },
    keycloak: { origin: 'https://k', tenantsIssuer: 'https://k/realms/tenantry', staffIssuer: 'https://k/realms/platform' },
    api: { url: 'http://172.31.255.1:30080' },
  },
  parts: ['postgres', 'kafka', 'keycloak', 'kube-apiserver', 'kubelet', 'tenantry'],
  tenants: [{ slug: 'acme', url: 'http://172.31.255.1:30080' }],
};

it('says for each tenant where its API is, who may sign in and with which command', () => {
  const [acme] = whatRuns(running);
  expect(acme).toMatchObject({ what: 'API of acme', where: 'http://172.31.255.1:30080/v1/customers' });
  expect(acme?.signIn).toContain('npm run -s token -- acme [--user alice|bob|carol]');
});

it('says where the web console is when it runs, and who signs in there', () => {
  const consoleIn = (parts: readonly string[]) => whatRuns({ ...running, parts }).find(({ what }) => what === 'Web console');
  expect(consoleIn([...running.parts, 'web-console'])).toMatchObject({
    where: 'http://localhost:28173',
    signIn: expect.stringContaining('alice'),
  });
  expect(consoleIn(running.parts)).toBeUndefined();
});

it('promises no people and no tenants when there is no operator to make them', () => {
  const text = JSON.stringify(whatRuns({ ...running, parts: ['postgres', 'kafka', 'keycloak'], tenants: [] }));
  expect(text).not.toMatch(/alice|credentials|kubectl/);
});

it('offers commands that fetch their own token, so that they work whenever they are pasted', () => {
  expect(commandsToTry(running)[0]).toContain('Bearer $(npm run -s token -- acme)"');
  expect(commandsToTry({ ...running, tenants: [] })).toEqual([]);
});
