import { tenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startOperator } from '../../testing/operator-process.ts';
import { conditionOf, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';

let platform: TestPlatform;
let cluster: TestCluster;

beforeAll(async () => {
  platform = await testPlatform({ claim: false });
  cluster = await testCluster(platform.stack.kubeconfigFile, `crash-${platform.cell.name}`);
});
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

/** More effects than provisioning or deletion has; a loop that needs more makes the same effect again and again. */
const MOST_EFFECTS = 40;

/** Starts operators that each die after their first outside effect, until `done`: every effect is followed by a death once. */
async function dieAfterEachEffect(done: () => Promise<boolean>): Promise<number> {
  for (let deaths = 0; deaths <= MOST_EFFECTS; deaths += 1) {
    const operator = startOperator(
      platform.environment({
        OPERATOR_NAME: cluster.name,
        SERVICE_IMAGE: 'localhost/none',
        METRICS_PORT: '0',
        LOG_LEVEL: 'debug',
        CRASH_AFTER: '1',
      }),
    );
    let code: number | undefined;
    for (let looks = 0; code === undefined; looks += 1) {
      code = await operator.exit(100);
      // The status was written by a pass that changed nothing, so this process lives.
      if (code === undefined && (await done())) {
        await operator.stop();
        return deaths;
      }
      if (looks > 300) throw new Error(`neither dead nor done:\n${operator.output()}`);
    }
    expect(code, operator.output()).toBe(137);
    await cluster.freeLease();
  }
  throw new Error(`not done after ${MOST_EFFECTS} effects: something is made again and again`);
}

it('makes a tenant Ready, and nothing twice, when it is killed after each outside effect in turn', async () => {
  const slug = platform.slug();
  const names = tenantNames(slug, platform.cell.name);
  await cluster.apply(slug, {
    deletionPolicy: 'Delete',
    deletionProtection: false,
    deletionGracePeriod: '0s',
    messaging: { topics: [{ name: 'orders' }] },
  });
  const deaths = await dieAfterEachEffect(async () => conditionOf(await cluster.tenant(slug), 'Ready') === 'True/Ready');
  expect(deaths).toBeGreaterThan(15);

  const rows = await platform.admin.query('select tenant_id, uid, state from tenantry.tenants where slug = $1', [slug]);
  const tenant = await cluster.tenant(slug);
  expect(rows.rows).toEqual([{ tenant_id: tenant?.status?.tenantId, uid: tenant?.metadata.uid, state: 'Active' }]);
  const versions = await platform.admin.query('select version from tenantry.schema_versions where schema_name = $1', [names.schema]);
  expect(new Set(versions.rows.map(({ version }) => version)).size).toBe(versions.rows.length);

  const { identity, kafka } = platform.ports;
  const organizations = (await identity.organizations()).filter(({ tenantId }) => tenantId === tenant?.status?.tenantId);
  expect(organizations).toHaveLength(1);
  expect([...(await identity.groups(organizations[0]?.id ?? '')).keys()].sort()).toEqual(['admin', 'editor', 'machine', 'viewer']);
  expect((await identity.machineClients()).filter(({ clientId }) => clientId === names.machineClientId)).toHaveLength(1);
  expect([...(await kafka.topics()).keys()].filter((topic) => topic.startsWith(names.kafkaPrefix)).sort()).toEqual([
    names.eventsTopic,
    names.topic('orders'),
  ]);
  // READ and DESCRIBE on topics and groups under the prefix, WRITE on orders.
  expect(await kafka.access(names.kafkaUser)).toHaveLength(5);

  // The same way back: nothing is left.
  const tenantId = tenant?.status?.tenantId ?? '';
  await cluster.apply(
    slug,
    { deletionPolicy: 'Delete', deletionProtection: false, deletionGracePeriod: '0s' },
    { 'tenantry.dev/confirm-delete': slug },
  );
  await cluster.remove(slug);
  const purged = async (): Promise<boolean> =>
    (await platform.admin.query('select 1 from tenantry.tombstones where tenant_id = $1 and purged_at is not null', [tenantId])).rows
      .length === 1;
  await dieAfterEachEffect(async () => (await cluster.tenant(slug)) === undefined && (await purged()));

  expect((await platform.admin.query('select 1 from tenantry.tenants where slug = $1', [slug])).rows).toEqual([]);
  const roles = await platform.admin.query(`select rolname from pg_roles where rolname like 't\\_it\\_%@' || $1 || '%'`, [
    platform.cell.name,
  ]);
  expect(roles.rows).toEqual([]);
  const schemas = await platform.admin.query(`select nspname from pg_namespace where nspname like 't\\_%' or nspname like 'retired%'`);
  expect(schemas.rows).toEqual([]);
  expect([...(await kafka.topics()).keys()].filter((topic) => topic.startsWith(names.kafkaPrefix))).toEqual([]);
  expect(await kafka.access(names.kafkaUser)).toEqual([]);
  expect((await kafka.loginMarks(names.kafkaUser)).size).toBe(0);
  expect(await identity.machineClient(names.machineClientId)).toBeUndefined();
  expect((await identity.organizations()).filter(({ alias }) => alias === slug)).toEqual([]);
}, 300_000);

it('ends itself when another process has claimed the cell, and writes nothing more', async () => {
  const slug = platform.slug();
  const names = tenantNames(slug, platform.cell.name);
  await cluster.freeLease();
  const operator = startOperator(
    platform.environment({
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/none',
      METRICS_PORT: '0',
      DRIFT_CHECK_INTERVAL: '300ms',
    }),
  );
  await cluster.apply(slug);
  await eventually(async () => expect(conditionOf(await cluster.tenant(slug), 'Ready'), operator.output()).toBe('True/Ready'), {
    limitMs: 30_000,
  });
  await platform.admin.query('update tenantry.operator_epoch set epoch = epoch + 1 where operator = $1', [cluster.name]);
  await platform.admin.query(`revoke insert on ${names.schema}.customers from "${names.appRole}"`);
  expect(await operator.exit(20_000), operator.output()).toBe(1);
  const { rows } = await platform.admin.query(`select has_table_privilege($1, $2, 'insert') as repaired`, [
    names.appRole,
    `${names.schema}.customers`,
  ]);
  expect(rows).toEqual([{ repaired: false }]);
}, 60_000);
