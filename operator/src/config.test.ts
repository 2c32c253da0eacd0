import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

let good: Record<string, string>;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-config-'));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('ca.crt', 'PEM');
  for (const name of ['postgres-operator-password', 'kafka-operator-password', 'keycloak-operator-secret']) write(name, `${name}\n`);
  write('credential-key', randomBytes(32).toString('base64'));
  const cell = (name: string) => ({
    name,
    postgres: { host: 'db', port: 5432, database: name },
    kafka: { brokers: ['k:9092'], replicationFactor: 1 },
  });
  write(
    'cells.json',
    JSON.stringify({
      cells: [cell('main'), cell('spare')],
      identity: { issuer: 'https://id.test/realms/t' },
      pooledUrl: 'http://api.test/',
    }),
  );
  good = { SERVICE_IMAGE: 'service:1', CELLS_FILE: join(folder, 'cells.json'), CA_FILE: join(folder, 'ca.crt'), SECRETS_DIR: folder };
});

function mistakesOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('no mistake was found');
}

it('reads what it names and fills in the rest', () => {
  const config = readConfig(good);
  expect(config).toMatchObject({
    cell: { name: 'main' },
    driftCheckIntervalMs: 300_000,
    workers: 4,
    pooledUrl: 'http://api.test',
    operatorName: '',
  });
  expect(config.secrets.postgresPassword).toBe('postgres-operator-password');
  expect(config.secrets.credentialKey).toHaveLength(32);
});

it('serves the cell it is told to', () => {
  expect(readConfig({ ...good, CELL: 'spare' }).cell.name).toBe('spare');
  expect(mistakesOf({ ...good, CELL: 'nowhere' })).toBe('CELL: CELLS_FILE has no cell named nowhere');
});

it('says all mistakes of the environment at once, each with its variable', () => {
  const mistakes = mistakesOf({ DRIFT_CHECK_INTERVAL: 'soon', WORKERS: '0', OPERATOR_NAME: 'Not A Label' }).split('\n');
  expect(mistakes.map((line) => line.split(':')[0])).toEqual(['OPERATOR_NAME', 'SERVICE_IMAGE', 'DRIFT_CHECK_INTERVAL', 'WORKERS']);
});

it('says all files that cannot be read at once', () => {
  const mistakes = mistakesOf({
    SERVICE_IMAGE: 'service:1',
    CELLS_FILE: '/nowhere/cells.json',
    CA_FILE: '/nowhere/ca.crt',
    SECRETS_DIR: '/nowhere',
  });
  expect(mistakes).toContain('CA_FILE: cannot read /nowhere/ca.crt (ENOENT)');
  expect(mistakes).toContain('CELLS_FILE: cannot read /nowhere/cells.json (ENOENT)');
  expect(mistakes).toContain('SECRETS_DIR: cannot read /nowhere/credential-key (ENOENT)');
});

it('wants the keys of the bucket when the cell has one, and not otherwise', () => {
  expect(readConfig(good).secrets.s3).toBeUndefined();
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-config-'));
  const cells = JSON.parse(readFileSync(good.CELLS_FILE ?? '', 'utf8'));
  cells.cells[0].s3 = { endpoint: 'http://s3.test', region: 'eu-central-1', bucket: 'tenantry', forcePathStyle: true };
  writeFileSync(join(folder, 'cells.json'), JSON.stringify(cells));
  const withBucket = { ...good, CELLS_FILE: join(folder, 'cells.json') };
  expect(mistakesOf(withBucket)).toMatch(/SECRETS_DIR: cannot read .*s3-access-key/);
  for (const name of ['s3-access-key', 's3-secret-key']) writeFileSync(join(good.SECRETS_DIR ?? '', name), `${name}\n`);
  expect(readConfig(withBucket).secrets.s3).toEqual({ accessKey: 's3-access-key', secretKey: 's3-secret-key' });
});

it('refuses the failpoint in production', () => {
  expect(mistakesOf({ ...good, NODE_ENV: 'production', CRASH_AFTER: '3' })).toMatch(/^CRASH_AFTER: /);
  expect(readConfig({ ...good, NODE_ENV: 'test', CRASH_AFTER: '3' }).crashAfter).toBe(3);
});

it('takes hosts of dedicated tenants, labels for Prometheus and addresses of servers', () => {
  expect(readConfig(good)).toMatchObject({ ingress: undefined, serviceMonitorLabels: {}, egressCidrs: [] });
  const more = {
    INGRESS_DOMAIN: 'tenants.example.com',
    INGRESS_CLASS: 'nginx',
    SERVICE_MONITOR_LABELS: 'release=prometheus, team=platform',
    EGRESS_CIDRS: '10.0.0.0/16,fd00::/8',
  };
  expect(readConfig({ ...good, ...more })).toMatchObject({
    ingress: { domain: 'tenants.example.com', className: 'nginx', tlsSecret: undefined },
    serviceMonitorLabels: { release: 'prometheus', team: 'platform' },
    egressCidrs: ['10.0.0.0/16', 'fd00::/8'],
  });
});

it.each([
  [{ INGRESS_DOMAIN: 'Tenants example' }, 'INGRESS_DOMAIN: must be a DNS name such as tenants.example.com'],
  [{ INGRESS_CLASS: 'nginx' }, 'INGRESS_DOMAIN: is needed with INGRESS_CLASS and INGRESS_TLS_SECRET'],
  [{ SERVICE_MONITOR_LABELS: 'prometheus' }, 'SERVICE_MONITOR_LABELS.0: must look like name=value,name=value'],
  [{ EGRESS_CIDRS: '10.0.0.1' }, 'EGRESS_CIDRS.0: must be a list of addresses with a prefix, as 10.0.0.0/16'],
])('refuses %j', (environment, mistake) => {
  expect(mistakesOf({ ...good, ...environment })).toBe(mistake);
});

it('asks for the passwords of the servers a cell has, and of no others', () => {
  expect(readConfig(good).secrets).toMatchObject({ rabbitmqPassword: undefined, redisPassword: undefined });
  const cells = JSON.parse(readFileSync(good.CELLS_FILE ?? '', 'utf8'));
  Object.assign(cells.cells[0], {
    rabbitmq: { host: 'mq', port: 5672, tls: false, management: 'http://mq:15672' },
    redis: { host: 'redis', port: 6379, tls: false },
  });
  const folder = good.SECRETS_DIR ?? '';
  const environment = { ...good, CELLS_FILE: join(folder, 'with-more.json') };
  writeFileSync(environment.CELLS_FILE, JSON.stringify(cells));
  const mistakes = mistakesOf(environment);
  for (const file of ['rabbitmq-operator-password', 'redis-operator-password']) expect(mistakes).toContain(file);
  for (const name of ['rabbitmq-operator-password', 'redis-operator-password']) writeFileSync(join(folder, name), `${name}\n`);
  expect(readConfig(environment).secrets).toMatchObject({
    rabbitmqPassword: 'rabbitmq-operator-password',
    redisPassword: 'redis-operator-password',
  });
});
