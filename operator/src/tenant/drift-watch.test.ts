import { expect, it } from 'vitest';
import { silentLog } from '../control/control-log.ts';
import { DriftWatch } from './drift-watch.ts';

/** Stores whose answers a test changes. */
function watch() {
  const store = { organizations: [{ alias: 'acme', enabled: true }], kafkaIsAway: false };
  const changed: string[] = [];
  const ports = {
    database: { roles: async () => new Map(), schemas: async () => new Map() },
    registry: { registrations: async () => new Map() },
    kafka: {
      topics: async () => (store.kafkaIsAway ? Promise.reject(new Error('away')) : new Map()),
      access: async () => [],
      loginMarks: async () => new Map(),
    },
    identity: { organizations: async () => store.organizations, machineClients: async () => [] },
  };
  const drift = new DriftWatch({
    ports: ports as never,
    cell: 'main',
    intervalMs: 1,
    log: silentLog,
    tenants: () => ['acme', 'globex'],
    changed: (slug) => changed.push(slug),
  });
  const look = async (): Promise<string[]> => {
    changed.length = 0;
    await drift.look();
    return changed.sort();
  };
  return { store, look };
}

it('gives every tenant a pass at first sight and then only the one that changed', async () => {
  const { store, look } = watch();
  expect(await look()).toEqual(['acme', 'globex']);
  expect(await look()).toEqual([]);
  store.organizations = [{ alias: 'acme', enabled: false }];
  expect(await look()).toEqual(['acme']);
  expect(await look()).toEqual([]);
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
