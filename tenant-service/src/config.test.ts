import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenantry-config-'));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const cells = {
  cells: [
    {
      name: 'main',
      postgres: { host: '172.31.255.1', port: 25432, database: 'cell_main' },
      kafka: { brokers: ['172.31.255.1:29092'], replicationFactor: 1 },
    },
  ],
  identity: { issuer: 'https://172.31.255.1:28443/realms/tenantry' },
  pooledUrl: 'http://172.31.255.1:30080',
};
const key = Buffer.alloc(32, 7).toString('base64');
for (const name of [
  'postgres-api-password',
  'postgres-registry-password',
  'postgres-relay-password',
  'kafka-relay-password',
  'postgres-jobs-password',
  'postgres-projector-password',
  'kafka-projector-password',
  'keycloak-members-secret',
  'postgres-sender-password',
  'rabbitmq-sender-password',
  'redis-password',
  's3-access-key',
  's3-secret-key',
  'postgres-password',
])
  file(name, `pw-${name}\n`);
file('postgres-username', 't_acme_app@main$1');
file('redis-username', 't:acme');
file('cursor-key', key);
file('webhook-key', key);
const environment = { CELLS_FILE: file('cells.json', JSON.stringify(cells)), CA_FILE: file('ca.crt', 'PEM'), SECRETS_DIR: folder };

const withServices = ({ tls = false } = {}): string => {
  const [cell] = cells.cells;
  const services = {
    redis: { host: '172.31.255.1', port: 26379, tls },
    rabbitmq: { host: '172.31.255.1', port: 25672, tls, management: 'http://172.31.255.1:25673' },
    s3: { endpoint: 'http://172.31.255.1:27070', region: 'us-east-1', bucket: 'tenantry-main', forcePathStyle: true },
  };
  return file(`cells-with-services-${tls}.json`, JSON.stringify({ ...cells, cells: [{ ...cell, ...services }] }));
};

afterAll(() => rmSync(folder, { recursive: true }));

const mistakesOf = (env: NodeJS.ProcessEnv): string => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
};

describe('the configuration', () => {
  it('gives the projector its own logins, and no files', () => {
    const config = readConfig({ ...environment, CELLS_FILE: withServices(), TENANTRY_ROLE: 'projector' });
    expect(config).toMatchObject({
      role: 'projector',
      rows: { user: 'tenantry_projector@main', password: 'pw-postgres-projector-password' },
      registry: { user: 'tenantry_registry@main' },
      kafka: { username: 'projector', password: 'pw-kafka-projector-password' },
      redis: { port: 26379 },
    });
    expect(config).not.toHaveProperty('s3');
  });

  it('of a pooled api has the api and registry logins of its cell, and secrets without their newline', () => {
    const config = readConfig({ ...environment, TENANTRY_ROLE: 'api' });
    expect(config).toMatchObject({
      role: 'api',
      port: 28080,
      metricsPort: 9464,
      tenantId: undefined,
      rows: { user: 'tenantry_api@main', password: 'pw-postgres-api-password' },
      registry: { user: 'tenantry_registry@main' },
      namedStatements: true,
    });
  });

  it('of a cell with a read replica has the same login there, for whoever reads much', () => {
    const [cell] = cells.cells;
    const postgres = { ...cell?.postgres, readReplica: { host: 'replica.example', port: 5432 } };
    const CELLS_FILE = file('cells-with-replica.json', JSON.stringify({ ...cells, cells: [{ ...cell, postgres }] }));
    const expected = { host: 'replica.example', port: 5432, database: 'cell_main', password: 'pw-postgres-api-password' };
    const pooled = readConfig({ ...environment, CELLS_FILE, TENANTRY_ROLE: 'api' });
    expect(pooled).toMatchObject({ replica: { ...expected, user: 'tenantry_api@main' }, rows: { host: '172.31.255.1' } });
    const dedicated = readConfig({ ...environment, CELLS_FILE, TENANTRY_ROLE: 'api', TENANT_ID: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22' });
    expect(dedicated).toMatchObject({ replica: { user: 't_acme_app@main$1', host: 'replica.example' } });
    expect(readConfig({ ...environment, TENANTRY_ROLE: 'api' })).toMatchObject({ replica: undefined });
  });

  it('of a cell with documents has the way there of the role, and none for a dedicated tenant', () => {
    const [cell] = cells.cells;
    const mongo = { url: 'mongodb+srv://documents.example/?replicaSet=rs0', database: 'cell_main', tls: true, logins: true };
    const CELLS_FILE = file('cells-with-documents.json', JSON.stringify({ ...cells, cells: [{ ...cell, mongo }] }));
    const of = (env: NodeJS.ProcessEnv) => readConfig({ ...environment, CELLS_FILE, ...env });
    const login = (username: string, password: string) => ({ mongo: { auth: { username, password }, ca: 'PEM', database: 'cell_main' } });
    expect(mistakesOf({ ...environment, CELLS_FILE, TENANTRY_ROLE: 'projector' })).toContain('mongo-projector-password cannot be read');
    file('mongo-projector-password', 'of-projector');
    file('mongo-api-password', 'of-api');
    expect(of({ TENANTRY_ROLE: 'projector' })).toMatchObject(login('tenantry-projector', 'of-projector'));
    expect(of({ TENANTRY_ROLE: 'api' })).toMatchObject(login('tenantry-api', 'of-api'));
    expect(of({ TENANTRY_ROLE: 'api', TENANT_ID: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22' })).toMatchObject({ mongo: undefined });
  });

  it('of a dedicated api has one login for rows and registry: the tenant’s', () => {
    const config = readConfig({ ...environment, TENANTRY_ROLE: 'api', TENANT_ID: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22' });
    expect(config).toMatchObject({ rows: { user: 't_acme_app@main$1' }, registry: { user: 't_acme_app@main$1' } });
  });

  it('of a pooled api has Redis and the bucket when its cell has them; a dedicated one signs in to Redis as its tenant, and has no bucket', () => {
    const CELLS_FILE = withServices();
    const config = readConfig({ ...environment, CELLS_FILE, TENANTRY_ROLE: 'api' });
    expect(config).toMatchObject({
      redis: { host: '172.31.255.1', port: 26379, password: 'pw-redis-password', ca: undefined },
      s3: { bucket: 'tenantry-main', accessKey: 'pw-s3-access-key', secretKey: 'pw-s3-secret-key' },
    });
    expect(readConfig({ ...environment, TENANTRY_ROLE: 'api' })).toMatchObject({ redis: undefined, s3: undefined });
    const dedicated = readConfig({ ...environment, CELLS_FILE, TENANTRY_ROLE: 'api', TENANT_ID: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22' });
    expect(dedicated).toMatchObject({ redis: { username: 't:acme', password: 'pw-redis-password' }, s3: undefined });
  });

  it('of a Redis with TLS checks it against the authorities of the platform', () => {
    const CELLS_FILE = withServices({ tls: true });
    expect(readConfig({ ...environment, CELLS_FILE, TENANTRY_ROLE: 'api' })).toMatchObject({ redis: { ca: 'PEM' } });
  });

  it('of a job worker has the login of jobs, Redis and the bucket, and says which is missing', () => {
    const config = readConfig({ ...environment, CELLS_FILE: withServices(), TENANTRY_ROLE: 'job-worker' });
    expect(config).toMatchObject({
      role: 'job-worker',
      rows: { user: 'tenantry_jobs@main', password: 'pw-postgres-jobs-password' },
      registry: { user: 'tenantry_registry@main' },
      redis: { port: 26379 },
      s3: { bucket: 'tenantry-main' },
    });
    const mistakes = mistakesOf({ ...environment, TENANTRY_ROLE: 'job-worker', TENANT_ID: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22' });
    for (const mistake of ['needs redis', 'needs s3', 'serves every tenant']) expect(mistakes).toContain(mistake);
  });

  it('of a relay has Kafka', () => {
    expect(readConfig({ ...environment, TENANTRY_ROLE: 'relay' })).toMatchObject({
      role: 'relay',
      postgres: { user: 'tenantry_relay@main' },
      kafka: { username: 'relay', password: 'pw-kafka-relay-password', tls: false },
    });
  });

  it('names every wrong variable at once', () => {
    const message = mistakesOf({ ...environment, TENANTRY_ROLE: 'web', PORT: '99999', POSTGRES_NAMED_STATEMENTS: 'maybe' });
    for (const name of ['TENANTRY_ROLE', 'PORT', 'POSTGRES_NAMED_STATEMENTS']) expect(message).toContain(name);
  });

  it('names every missing file at once, and what to look at', () => {
    const message = mistakesOf({ ...environment, TENANTRY_ROLE: 'api', SECRETS_DIR: join(folder, 'none'), CA_FILE: join(folder, 'no-ca') });
    for (const name of [
      'postgres-api-password',
      'postgres-registry-password',
      'cursor-key',
      'no-ca',
      'is the ConfigMap or Secret mounted?',
    ]) {
      expect(message).toContain(name);
    }
  });

  it('refuses a failpoint in production, and a cell nobody described', () => {
    const message = mistakesOf({
      ...environment,
      TENANTRY_ROLE: 'relay',
      NODE_ENV: 'production',
      CRASH_AFTER: 'relay.produced:1',
      CELL: 'west',
    });
    expect(message).toContain('CRASH_AFTER: is refused');
    expect(message).toContain('no cell named west');
  });
});

describe('a webhook sender', () => {
  const sender = { ...environment, TENANTRY_ROLE: 'webhook-sender' };

  it('signs in to the platform’s own vhost and opens what the api sealed', () => {
    const config = readConfig({ ...sender, CELLS_FILE: withServices(), WEBHOOK_ALLOWED_ORIGINS: 'http://127.0.0.1:28090' });
    if (config.role !== 'webhook-sender') throw new Error(config.role);
    expect(config.rabbitmq).toMatchObject({ vhost: 'tenantry', username: 'tenantry-sender', ca: undefined });
    expect(config.rows.user).toBe('tenantry_sender@main');
    expect(config.webhooks.keys).toEqual([Buffer.from(key, 'base64')]);
    expect([...config.webhooks.allowedOrigins]).toEqual(['http://127.0.0.1:28090']);
  });

  it('needs RabbitMQ, and origins that are origins', () => {
    expect(mistakesOf(sender)).toContain('a webhook-sender needs rabbitmq in cell main');
    expect(mistakesOf({ ...sender, WEBHOOK_ALLOWED_ORIGINS: 'http://127.0.0.1:28090/' })).toContain('is no origin');
  });
});
