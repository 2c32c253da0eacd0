import { type TenantNames, tenantNames } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { silentLog } from '../control/control-log.ts';
import { DriftWatch } from './drift-watch.ts';

const ACME = '01900000-0000-7000-8000-000000000001';

/** Stores whose answers a test changes. */
function watch(tenants: readonly string[] = ['acme', 'globex']) {
  const store = {
    asked: [] as number[],
    grants: new Map<string, string>(),
    organizations: [{ alias: 'acme', enabled: true }],
    kafkaIsAway: false,
    rabbitmqIsAway: false,
    queues: ['tasks'],
  };
  const changed: string[] = [];
  const known: string[] = [];
  const ports = {
    database: {
      roles: async () => new Map(),
      schemas: async (some: readonly TenantNames[]) => {
        store.asked.push(some.length);
        return new Map(some.map(({ schema }) => [schema, store.grants.get(schema)]));
      },
    },
    registry: { registrations: async () => new Map() },
    kafka: {
      topics: async () => (store.kafkaIsAway ? Promise.reject(new Error('away')) : new Map()),
      access: async () => [],
      loginMarks: async () => new Map(),
      quotas: async () => new Map(),
    },
    queues: {
      everything: async () => {
        if (store.rabbitmqIsAway) throw new Error('away');
        return { vhosts: new Map(store.queues.length === 0 ? [] : [[`t.${ACME}`, store.queues]]), users: new Map() };
      },
    },
    identity: { organizations: async () => store.organizations, machineClients: async () => [] },
  };
  const drift = new DriftWatch({
    ports: ports as never,
    cell: 'main',
    intervalMs: 1,
    log: silentLog,
    tenants: () => tenants,
    tenantId: (slug) => (slug === 'acme' ? ACME : undefined),
    sharesTopic: (slug) => slug === 'globex',
    changed: (slug, isKnown) => {
      changed.push(slug);
      if (isKnown) known.push(slug);
    },
  });
  const look = async (): Promise<string[]> => {
    changed.length = 0;
    known.length = 0;
    await drift.look();
    return changed.sort();
  };
  return { store, look, known };
}

it('gives every tenant a pass at first sight and then only the one that changed', async () => {
  const { store, look } = watch();
  expect(await look()).toEqual(['acme', 'globex']);
  expect(await look()).toEqual([]);
  store.organizations = [{ alias: 'acme', enabled: false }];
  expect(await look()).toEqual(['acme']);
  expect(await look()).toEqual([]);
});

it('tells a change from a first sight and from a store that is away', async () => {
  const { store, look, known } = watch();
  await look();
  expect(known).toEqual([]);
  store.organizations = [{ alias: 'acme', enabled: false }];
  await look();
  expect(known).toEqual(['acme']);
  store.kafkaIsAway = true;
  await look();
  expect(await look()).toEqual(['acme', 'globex']);
  expect(known).toEqual([]);
});

it('lets every tenant look for itself when a store is away twice in a row, once', async () => {
  const { store, look } = watch();
  await look();
  store.kafkaIsAway = true;
  expect(await look()).toEqual([]);
  expect(await look()).toEqual(['acme', 'globex']);
  expect(await look()).toEqual([]);
});

it('still sees changes in the other stores while one is away', async () => {
  const { store, look } = watch();
  await look();
  store.kafkaIsAway = true;
  store.organizations = [];
  expect(await look()).toEqual(['acme']);
});

it('sees a queue that is gone, and asks only tenants with queues to look for themselves while RabbitMQ is away', async () => {
  const { store, look } = watch();
  await look();
  store.rabbitmqIsAway = true;
  expect(await look()).toEqual([]);
  expect(await look()).toEqual(['acme']);
  store.rabbitmqIsAway = false;
  expect(await look()).toEqual([]);
  store.queues = [];
  expect(await look()).toEqual(['acme']);
});

it('looks into PostgreSQL some tenants at a time, and misses nobody', async () => {
  const many = Array.from({ length: 250 }, (_, index) => `many-${index}`);
  const { store, look } = watch(many);
  expect(await look()).toHaveLength(250);
  expect(store.asked).toEqual([100, 100, 50]);
  for (const slug of ['many-0', 'many-100', 'many-249']) store.grants.set(tenantNames(slug, 'main').schema, 'more than it should have');
  expect(await look()).toEqual(['many-0', 'many-100', 'many-249']);
  expect(await look()).toEqual([]);
});
