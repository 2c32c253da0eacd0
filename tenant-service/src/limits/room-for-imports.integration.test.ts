import { randomUUID } from 'node:crypto';
import type { LongOperation } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld } from '../../testing/service-world.ts';
import { type TransferWorld, transferWorld } from '../../testing/transfer-world.ts';

let world: ServiceWorld;
let transfers: TransferWorld;
let api: RunningApi;

beforeAll(async () => {
  world = await serviceWorld();
  transfers = await transferWorld(world);
  api = await world.startApi({ redis: transfers.redis, s3: transfers.s3 });
  await transfers.startWorker();
});
afterAll(async () => {
  await transfers?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const file = (rows: number, from = 0): string =>
  `externalId,name\n${Array.from({ length: rows }, (_, index) => `crm-${from + index},Customer ${from + index}`).join('\n')}\n`;

it('an import stops where the plan is full, says so, and goes on from a larger plan as a new one', async () => {
  const small = await world.addTenant('small', { quotas: { customers: 1500 } });
  const client = api.client(await world.token(small));
  const run = async (text: string, dryRun = false): Promise<LongOperation> => {
    const { data } = await client.createImport({
      query: { resource: 'customers', onConflict: 'skip', dryRun: dryRun ? 'true' : 'false' } as never,
      body: text as never,
      contentType: 'text/csv',
      idempotencyKey: randomUUID(),
    });
    let operation: LongOperation | undefined;
    await eventually(
      async () => {
        operation = (await client.getOperation({ params: { id: data.id } })).data;
        expect(['succeeded', 'failed', 'cancelled']).toContain(operation.status);
      },
      { limitMs: 50_000 },
    );
    return operation as LongOperation;
  };
  const stored = async () => {
    const { rows } = await world.admin.query(`select count(*)::int as count from ${small.schema}.customers`);
    return rows[0]?.count as number;
  };

  // Two chunks and a half: the first has room, the second has not.
  expect(await run(file(2500))).toMatchObject({
    status: 'failed',
    problem: { code: 'quota-exceeded', detail: expect.stringContaining('The plan allows 1500 customers, and 1000 are used.') },
  });
  expect(await stored()).toBe(1000);
  expect(await run(file(2500), true)).toMatchObject({ status: 'succeeded' });

  await world.operator.query(`update tenantry.tenants set quotas = '{"customers": 5000}' where tenant_id = $1`, [small.tenantId]);
  await eventually(async () => expect((await run(file(1500, 1000))).status).toBe('succeeded'));
  expect(await stored()).toBe(2500);
});
