import { randomUUID } from 'node:crypto';
import { cellLogins } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { FencedPool } from './fenced-pool.ts';
import { PgRetirement } from './pg-retirement.ts';
import type { Tombstone } from './port.ts';

let platform: TestPlatform;
const pools: FencedPool[] = [];

beforeAll(async () => {
  platform = await testPlatform();
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await platform?.[Symbol.asyncDispose]();
});

/** An operator's hands on the cell. */
async function operatorNamed(operatorName: string): Promise<PgRetirement> {
  const pool = new FencedPool({
    ...platform.cell.postgres,
    user: cellLogins(platform.cell.name).operator,
    password: platform.operatorPassword,
    ca: platform.stack.ca,
    connections: 2,
    operatorName,
    holder: operatorName,
    effects: platform.effects,
  });
  pools.push(pool);
  await pool.lead(platform.cell.name);
  return new PgRetirement(pool);
}

async function tombstone(): Promise<string> {
  const tenantId = randomUUID();
  await platform.admin.query(
    `insert into tenantry.tombstones (tenant_id, slug, schema_name, policy, purge_after) values ($1, 'gone', $2, 'Delete', now())`,
    [tenantId, `retired_${tenantId}`],
  );
  return tenantId;
}

it('lets one operator purge a tenant at a time, and the next one when the first has failed', async () => {
  const [one, two] = [await operatorNamed('purge-one'), await operatorNamed('purge-two')];
  const tenantId = await tombstone();
  const seen: string[] = [];
  const failing = one.purgeAlone(tenantId, async () => {
    seen.push('one');
    expect(await two.purgeAlone(tenantId, async () => void seen.push('two at the same time'))).toBe(false);
    throw new Error('killed half way');
  });
  await expect(failing).rejects.toThrow('killed half way');
  // The lock went with the connection; the server hears of its end a moment later.
  await eventually(async () => expect(await two.purgeAlone(tenantId, async () => void seen.push('two afterwards'))).toBe(true));
  expect(seen).toEqual(['one', 'two afterwards']);
});

it('does not purge what another operator has purged: the name may belong to a new tenant', async () => {
  const [one, late] = [await operatorNamed('purge-three'), await operatorNamed('purge-four')];
  const tenantId = await tombstone();
  await one.purgeAlone(tenantId, () => one.finish(tenantId, { topics: [] }));
  let purgedTwice = false;
  expect(
    await late.purgeAlone(tenantId, async () => {
      purgedTwice = true;
    }),
  ).toBe(true);
  expect(purgedTwice).toBe(false);
});

describe('a purge and an adoption that meet', () => {
  const back = { schema: 't_gone', ownerRole: 't_gone_owner', uid: 'new' };
  async function stoneOf(tenantId: string): Promise<Tombstone> {
    const stone = (await platform.ports.retirement.due(new Date(Date.now() + 1000))).find((each) => each.tenantId === tenantId);
    if (stone === undefined) throw new Error('the tombstone is not there');
    return stone;
  }

  it('the adoption comes too late once the purge has begun', async () => {
    const { retirement } = platform.ports;
    const tenantId = await tombstone();
    const stone = await stoneOf(tenantId);
    expect(await retirement.beginPurge(tenantId)).toBe(true);
    expect(await retirement.purgeHasBegun(tenantId)).toBe(true);
    expect(await retirement.adopt(stone, back)).toBe(false);
    expect((await stoneOf(tenantId)).tenantId).toBe(tenantId);
  });

  it('the purge finds nothing once the data was adopted', async () => {
    const { retirement } = platform.ports;
    const tenantId = await tombstone();
    expect(await retirement.adopt(await stoneOf(tenantId), back)).toBe(true);
    expect(await retirement.beginPurge(tenantId)).toBe(false);
  });

  it('no purge begins before its time', async () => {
    const tenantId = await tombstone();
    await platform.admin.query(`update tenantry.tombstones set purge_after = now() + interval '1 hour' where tenant_id = $1`, [tenantId]);
    expect(await platform.ports.retirement.beginPurge(tenantId)).toBe(false);
    await platform.admin.query('update tenantry.tombstones set purge_after = null where tenant_id = $1', [tenantId]);
    expect(await platform.ports.retirement.beginPurge(tenantId)).toBe(false);
  });
});
