import { Producer, stringSerializers } from '@platformatic/kafka';
import { ANNOTATIONS, TENANT_SECRET, TENANTS_NAMESPACE, type TenantNames, tenantNames, tenantOfKafkaUser } from '@tenantry/contracts';
import { machineToken } from '@tenantry/stack/keycloak/tokens.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dieAfterEachEffect } from '../../testing/die-after-each-effect.ts';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { CHILDREN } from '../kubernetes/resources.ts';
import { foundMachineClients } from './found-machine-clients.ts';
import { wantedAccess } from './plans/kafka-access-plan.ts';

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: OperatorProcess;

const PATIENCE = { limitMs: 60_000, everyMs: 100 };
const METRICS_PORT = await freePort();
const SPEC = { workload: { mode: 'Dedicated' }, messaging: { topics: [{ name: 'orders' }] } } as const;

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false }), privateCluster()]);
  cluster = await testCluster(home.adminKubeconfig, `rot-${platform.cell.name}`);
  await cluster.makeClass({ workload: { mode: 'Dedicated', allowedModes: ['Pooled', 'Dedicated'] } });
  operator = await startOperator(environment());
}, 60_000);
afterAll(async () => {
  await operator?.stop();
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

function environment(): Record<string, string> {
  return platform.environment({
    OPERATOR_NAME: cluster.name,
    KUBECONFIG_FILE: home.operatorKubeconfig,
    SERVICE_IMAGE: 'localhost/none',
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: String(METRICS_PORT),
    DRIFT_CHECK_INTERVAL: '500ms',
  });
}

interface Login {
  readonly secret: Readonly<Record<keyof typeof TENANT_SECRET, string>>;
}

/** What a program of the tenant's is given. */
async function secretOf(names: TenantNames): Promise<Login['secret']> {
  const { data = {} } = (await cluster.api.get(CHILDREN.Secret, {
    namespace: TENANTS_NAMESPACE,
    name: names.credentialsSecret,
  })) as unknown as {
    data?: Record<string, string>;
  };
  return Object.fromEntries(Object.entries(TENANT_SECRET).map(([key, file]) => [key, atob(data[file] ?? '')])) as Login['secret'];
}

async function ready(slug: string): Promise<void> {
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), 'Ready'), operator.output().slice(-3000)).toBe('True/Ready'),
    PATIENCE,
  );
}

async function made(): Promise<{ slug: string; names: TenantNames }> {
  const slug = platform.slug();
  await cluster.apply(slug, SPEC);
  await ready(slug);
  return { slug, names: tenantNames(slug, platform.cell.name) };
}

let asked = 0;
/** A new request each time, as `date -u +%FT%TZ` gives it. */
const aTime = (): string => {
  asked += 1;
  return new Date(Date.UTC(2026, 0, 1) + 1000 * asked).toISOString();
};

async function ask(slug: string, overlap: string, request = aTime()): Promise<void> {
  await cluster.apply(slug, { ...SPEC, credentials: { overlap } }, { [ANNOTATIONS.rotateRequestedAt]: request });
}

async function credentialsBecome(slug: string, generation: number, overlaps: boolean): Promise<void> {
  await eventually(async () => {
    const { status } = (await cluster.tenant(slug)) ?? {};
    expect(status?.credentials, operator.output().slice(-3000)).toMatchObject({ generation });
    expect(status?.credentials?.overlapUntil !== undefined, JSON.stringify(status?.credentials)).toBe(overlaps);
    expect(conditionOf(await cluster.tenant(slug), 'CredentialsCurrent')).toMatch(/^True/);
  }, PATIENCE);
}

/** Which of the doors these credentials open. */
async function opens(names: TenantNames, secret: Login['secret']) {
  const postgres = await connected(secret.postgresUsername, secret.postgresPassword).then(
    async (client) => {
      await client.end();
      return true;
    },
    () => false,
  );
  return { postgres, kafka: await writesOrders(names, secret), keycloak: await getsToken(secret.clientId, secret.clientSecret) };
}
const EVERYTHING = { postgres: true, kafka: true, keycloak: true };
const NOTHING = { postgres: false, kafka: false, keycloak: false };

async function connected(user: string, password: string): Promise<pg.Client> {
  const { host, port, database } = platform.cell.postgres;
  const client = new pg.Client({ host, port, database, user, password, ssl: { ca: platform.stack.ca, host } });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** A program of the tenant's that writes to its topic `orders`, over a connection it keeps. */
function writer(names: TenantNames, { kafkaUsername, kafkaPassword }: Login['secret']) {
  const producer = new Producer({
    clientId: 'tenant',
    bootstrapBrokers: [...platform.cell.kafka.brokers],
    sasl: { mechanism: 'SCRAM-SHA-512', username: kafkaUsername, password: kafkaPassword },
    retries: 0,
    serializers: stringSerializers,
  });
  return {
    writes: () =>
      producer.send({ messages: [{ topic: names.topic('orders'), key: 'k', value: 'v' }] }).then(
        () => true,
        () => false,
      ),
    close: () => producer.close(),
  };
}

async function writesOrders(names: TenantNames, secret: Login['secret']): Promise<boolean> {
  const { writes, close } = writer(names, secret);
  try {
    return await writes();
  } finally {
    await close();
  }
}

async function getsToken(id: string, secret: string): Promise<boolean> {
  return machineToken(platform.stack.keycloak.tenants, { id, secret }).then(
    () => true,
    () => false,
  );
}

async function effectsSoFar(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text();
  return [...text.matchAll(/^tenantry_operator_effects_total\{[^}]*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

describe('a rotation that is asked for', () => {
  let slug: string;
  let names: TenantNames;
  let first: Login['secret'];
  let second: Login['secret'];
  let session: pg.Client;
  const further = aTime();
  beforeAll(async () => {
    ({ slug, names } = await made());
    first = await secretOf(names);
    session = await connected(first.postgresUsername, first.postgresPassword);
    await ask(slug, '1h');
    await credentialsBecome(slug, 2, true);
    second = await secretOf(names);
  }, 60_000);
  afterAll(async () => await session?.end().catch(() => {}));

  it('gives new names and passwords, all of them', () => {
    for (const key of ['postgresUsername', 'postgresPassword', 'kafkaUsername', 'kafkaPassword', 'clientId', 'clientSecret'] as const)
      expect(second[key]).not.toBe(first[key]);
  });

  it('leaves the tenant Ready, with both generations working everywhere until the overlap ends', async () => {
    await ready(slug);
    expect([await opens(names, first), await opens(names, second)]).toEqual([EVERYTHING, EVERYTHING]);
    await session.query('select 1');
    expect((await cluster.events(slug)).filter((event) => event.startsWith('CredentialsRotated'))).toHaveLength(1);
    expect((await cluster.events(slug)).filter((event) => event.startsWith('DriftRepaired'))).toEqual([]);
  });

  it('puts either login back when somebody removes or changes it, and writes nothing otherwise', async () => {
    await platform.admin.query(`drop role "${names.login(1)}"; alter role "${names.login(2)}" nologin`);
    await platform.ports.kafka.deleteLogin(names.kafkaUserOf(1));
    await eventually(
      async () => expect([await opens(names, first), await opens(names, second)]).toEqual([EVERYTHING, EVERYTHING]),
      PATIENCE,
    );
    await ready(slug);
    let last = -1;
    await eventually(
      async () => {
        const now = await effectsSoFar();
        const stood = now === last;
        last = now;
        expect(stood).toBe(true);
      },
      { limitMs: 10_000, everyMs: 1500 },
    );
  });

  it('lets a further request wait, and says so', async () => {
    await ask(slug, '1h', further);
    await eventually(
      async () => expect(conditionOf(await cluster.tenant(slug), 'CredentialsCurrent')).toBe('True/RotationPending'),
      PATIENCE,
    );
    expect((await cluster.tenant(slug))?.status?.credentials?.generation).toBe(2);
  });

  it('ends when the overlap does: what was before opens nothing, open sessions are over, and the request that waited begins', async () => {
    const again = await connected(first.postgresUsername, first.postgresPassword);
    await ask(slug, '0s', further);
    await eventually(async () => expect(await opens(names, first)).toEqual(NOTHING), PATIENCE);
    await expect(again.query('select 1')).rejects.toThrow();
    // The request that waited is carried out at once, and has ended as fast.
    await credentialsBecome(slug, 3, false);
    expect([await opens(names, second), await opens(names, await secretOf(names))]).toEqual([NOTHING, EVERYTHING]);
    const retired = (await cluster.events(slug)).filter((event) => event.startsWith('CredentialsRetired'));
    expect(retired.join()).toContain('Credentials of generation 1 work no more.');
  });
});

it('refuses a request that is no time, and says so, while the tenant goes on', async () => {
  const { slug } = await made();
  await ask(slug, '1h', 'as soon as possible');
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), 'CredentialsCurrent')).toBe('True/RotationRefused'),
    PATIENCE,
  );
  await ready(slug);
  expect((await cluster.tenant(slug))?.status?.credentials?.generation).toBe(1);
});

it('gives no Kafka user or client a name again: a connection that was left open is refused, also when two more generations have been made', async () => {
  const { slug, names } = await made();
  const first = await secretOf(names);
  const program = writer(names, first);
  expect(await program.writes()).toBe(true);
  await ask(slug, '0s');
  await credentialsBecome(slug, 2, false);
  await ready(slug);
  // Kafka asks for the password when a connection is opened and for rights with every request. Brokers hear of them some milliseconds later.
  await eventually(async () => expect(await program.writes()).toBe(false), PATIENCE);
  await ask(slug, '0s');
  await credentialsBecome(slug, 3, false);
  await ready(slug);
  const third = await secretOf(names);
  expect([third.kafkaUsername, third.clientId]).toEqual([names.kafkaUserOf(3), names.machineClientOf(3)]);
  expect([await opens(names, first), await opens(names, third)]).toEqual([NOTHING, EVERYTHING]);
  expect(await program.writes()).toBe(false);
  await program.close();
  // PostgreSQL's login has the first's name and another password: sessions do not outlive a login there.
  expect(third.postgresUsername).toBe(first.postgresUsername);
  expect([...(await platform.ports.database.roles([names.login(1), names.login(2)])).keys()]).toEqual([names.login(1)]);
});

it('takes away what an ended generation has left, and what one that has not begun has', async () => {
  const { slug, names } = await made();
  await ask(slug, '0s');
  await credentialsBecome(slug, 2, false);
  const { kafka, identity } = platform.ports;
  const secret = { password: 'x'.repeat(43), fingerprint: '000000000000' };
  const tenantId = (await cluster.tenant(slug))?.status?.tenantId ?? '';
  for (const generation of [1, 3, 12]) {
    const [user, clientId] = [names.kafkaUserOf(generation), names.machineClientOf(generation)];
    await kafka.setLogin(user, secret);
    await kafka.allow(wantedAccess(names, ['orders'], user));
    await identity.createMachineClient({ clientId, tenantId, secret: secret.password, enabled: true });
  }
  await eventually(async () => {
    const users = [...(await kafka.access()).map(({ user }) => user), ...(await kafka.loginMarks()).keys()];
    expect(new Set(users.filter((user) => tenantOfKafkaUser(user) === slug))).toEqual(new Set([names.kafkaUserOf(2)]));
    expect((await foundMachineClients(identity, names)).map(({ clientId }) => clientId)).toEqual([names.machineClientOf(2)]);
  }, PATIENCE);
  await ready(slug);
});

it('begins no rotation while paused, and does when it is no more', async () => {
  const { slug } = await made();
  const request = { [ANNOTATIONS.rotateRequestedAt]: aTime() };
  await cluster.apply(slug, { ...SPEC, paused: true }, request);
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), 'CredentialsCurrent')).toBe('True/RotationPending'),
    PATIENCE,
  );
  await cluster.apply(slug, SPEC, request);
  await credentialsBecome(slug, 2, true);
});

it('is suspended and resumed in the middle of a rotation, which goes on', async () => {
  const { slug, names } = await made();
  const first = await secretOf(names);
  await ask(slug, '1h');
  await credentialsBecome(slug, 2, true);
  await cluster.apply(slug, { ...SPEC, lifecycle: { state: 'Suspended' } });
  await eventually(async () => expect(conditionOf(await cluster.tenant(slug), 'Ready')).toBe('True/Suspended'), PATIENCE);
  await cluster.apply(slug, { ...SPEC, credentials: { overlap: '0s' } });
  await ready(slug);
  await credentialsBecome(slug, 2, false);
  expect([await opens(names, first), await opens(names, await secretOf(names))]).toEqual([NOTHING, EVERYTHING]);
});

it('is deleted in the middle of a rotation without leaving a door open, and taken back with the credentials it had last', async () => {
  const { slug, names } = await made();
  const first = await secretOf(names);
  await ask(slug, '1h');
  await credentialsBecome(slug, 2, true);
  const second = await secretOf(names);
  const tenantId = (await cluster.tenant(slug))?.status?.tenantId ?? '';
  await cluster.remove(slug);
  await eventually(async () => expect(await cluster.tenant(slug)).toBeUndefined(), PATIENCE);
  expect([await opens(names, first), await opens(names, second)]).toEqual([NOTHING, NOTHING]);
  await cluster.apply(slug, { ...SPEC, credentials: { overlap: '0s' } }, { [ANNOTATIONS.adopt]: tenantId });
  await ready(slug);
  await credentialsBecome(slug, 2, false);
  expect(await secretOf(names)).toEqual(second);
  expect([await opens(names, first), await opens(names, second)]).toEqual([NOTHING, EVERYTHING]);
});

it('rotates, and does nothing twice, when the operator is killed after each outside effect in turn', async () => {
  const { slug, names } = await made();
  const first = await secretOf(names);
  await operator.stop();
  await ask(slug, '0s');
  const deaths = await dieAfterEachEffect(environment(), cluster.freeLease, async () => {
    const { rows } = await platform.admin.query('select credential_generation, previous_generation from tenantry.tenants where slug = $1', [
      slug,
    ]);
    const { credential_generation, previous_generation } = rows[0] ?? {};
    return credential_generation === 2 && previous_generation === null && conditionOf(await cluster.tenant(slug), 'Ready') === 'True/Ready';
  });
  operator = await startOperator(environment());
  // Row, login, grants, user and rights, client with its memberships, Secret, Deployment, out; and all of the first generation away again.
  expect(deaths).toBeGreaterThan(12);
  const second = await secretOf(names);
  expect([await opens(names, first), await opens(names, second)]).toEqual([NOTHING, EVERYTHING]);
  const { database, kafka, identity } = platform.ports;
  expect([...(await database.roles([names.login(1), names.login(2)])).keys()]).toEqual([names.login(2)]);
  expect([await kafka.access(names.kafkaUserOf(1)), (await kafka.loginMarks(names.kafkaUserOf(1))).size]).toEqual([[], 0]);
  expect((await foundMachineClients(identity, names)).map(({ clientId }) => clientId)).toEqual([names.machineClientOf(2)]);
}, 300_000);
