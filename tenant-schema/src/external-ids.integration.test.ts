import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tenantNames } from '@tenantry/contracts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrateTenant } from './migrate-tenant.ts';
import { migrationsDirectory } from './migrations-directory.ts';
import { type FreshCell, freshCell } from './testing/fresh-cell.ts';

let cell: FreshCell;
const folder = mkdtempSync(join(tmpdir(), 'tenantry-migrations-'));

beforeAll(async () => {
  cell = await freshCell((await runningStack('postgres')).postgres);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await cell?.drop();
});

it('external ids that occur twice from before they were unique are told apart, the newest keeps its own, and no customer is lost', async () => {
  const operator = await cell.connectAs('operator');
  const tenant = tenantNames('acme', cell.cell);
  await operator.query(`create role "${tenant.ownerRole}" nologin; grant "${tenant.ownerRole}" to "${cell.logins.operator}" with inherit false, set true;
    create schema ${tenant.schema} authorization "${tenant.ownerRole}"`);
  cpSync(migrationsDirectory(), folder, { recursive: true, filter: (file) => !/tenant.(?!000[1-3])\d{4}-/.test(file) });
  await migrateTenant(operator, tenant, { directory: folder });
  const admin = await cell.connectAsAdmin();
  const id = (last: number): string => `019a9a4e-5e0c-7c3f-9d55-00000000000${last}`;
  const add = (last: number, externalId: string | null, deleted = false) =>
    admin.query(
      `insert into ${tenant.schema}.customers (id, external_id, name, status, version, created_at, updated_at, deleted_at)
       values ($1, $2, 'X', 'active', 1, now(), now(), case when $3 then now() end)`,
      [id(last), externalId, deleted],
    );
  for (const [last, externalId, deleted] of [
    [1, 'a'],
    [2, 'a'],
    [3, 'a', true],
    [4, null],
    [5, null],
    [6, 'b'],
    [7, 'x'.repeat(200)],
    [8, 'x'.repeat(200)],
  ] as const) {
    await add(last, externalId, deleted);
  }
  await migrateTenant(operator, tenant);
  const { rows } = await admin.query(`select right(id::text, 1) as id, external_id from ${tenant.schema}.customers order by id`);
  expect(rows.map(({ id: last, external_id: externalId }) => [last, externalId])).toEqual([
    ['1', `a (duplicate ${id(1)})`],
    ['2', 'a'],
    ['3', 'a'],
    ['4', null],
    ['5', null],
    ['6', 'b'],
    ['7', `${'x'.repeat(150)} (duplicate ${id(7)})`],
    ['8', 'x'.repeat(200)],
  ]);
  await expect(add(9, 'b')).rejects.toMatchObject({ code: '23505', constraint: 'customers_external_id_unique' });
});
