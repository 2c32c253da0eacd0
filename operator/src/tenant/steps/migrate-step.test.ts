import { MigrationFailed } from '@tenantry/tenant-schema';
import { expect, it } from 'vitest';
import { ApplyFailed } from '../converge.ts';
import type { TenantPass } from '../tenant-pass.ts';
import { migrateStep } from './migrate-step.ts';

/** One pass over a tenant whose first migration ends with this error. */
function failing(cause: unknown) {
  const database = {
    latestVersion: 1,
    version: async () => 0,
    migrate: () => Promise.reject(new MigrationFailed('t_acme', '0001-customers', 'it failed', cause)),
  };
  return migrateStep.run({ ports: { database }, names: { schema: 't_acme', ownerRole: 'owner' }, seen: {} } as unknown as TenantPass);
}

const sql = (code: string) => Object.assign(new Error('refused'), { code });

it.each([
  ['the server stops', sql('57P01')],
  ['somebody holds a lock', sql('55P03')],
  ['two waited for each other', sql('40P01')],
  ['a backend does not know its newest membership yet', sql('42501')],
  ['the connection ends', new Error('Connection terminated unexpectedly')],
  ['the network is gone', sql('ECONNRESET')],
  ['the server hung up', sql('EPIPE')],
])('is tried again when %s', async (_why, cause) => {
  await expect(failing(cause)).rejects.toThrow(ApplyFailed);
});

it.each([
  ['a row breaks a new constraint', sql('23514')],
  ['a statement is wrong', sql('42601')],
  ['a file of this build is not the one that was applied', undefined],
])('waits for a person when %s', async (_why, cause) => {
  await expect(failing(cause)).resolves.toMatchObject({ kind: 'blocked', reason: 'MigrationFailed' });
});
