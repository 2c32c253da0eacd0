import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
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

it('refuses the failpoint in production', () => {
  expect(mistakesOf({ ...good, NODE_ENV: 'production', CRASH_AFTER: '3' })).toMatch(/^CRASH_AFTER: /);
  expect(readConfig({ ...good, NODE_ENV: 'test', CRASH_AFTER: '3' }).crashAfter).toBe(3);
});
