import { TenantStores } from '@tenantry/contracts';
import { describe, expect, it } from 'vitest';
import { lookAtStores, type Stores } from './look-at-stores.ts';

const TENANT_ID = '0197c0de-0000-7000-8000-000000000001';
const acme = { metadata: { name: 'acme' }, status: { tenantId: TENANT_ID } };
const never = () => new Promise<never>(() => {});

/** Stores that answer with nothing, but for what the test says. */
function stores(more: { readonly kafka?: Partial<Stores['kafka']> } & Omit<Partial<Stores>, 'kafka'> = {}): Stores {
  return {
    cell: 'main',
    database: { read: async () => ({ state: 'none' }) },
    queues: { counts: async () => [] },
    ...more,
    kafka: {
      topicsUnder: async () => new Map(),
      groups: async () => [],
      offsetsOf: async () => new Map(),
      committed: async () => new Map(),
      ...more.kafka,
    },
  };
}

const look = (of: Stores, tenant: Parameters<typeof lookAtStores>[1] = acme) => lookAtStores(of, tenant, 50).answer;

describe('a look at a tenant’s stores', () => {
  it('has from each store what it says, in the shape that was promised', async () => {
    const found = await look(stores());
    expect(TenantStores.parse(found)).toEqual(found);
    expect(found).toMatchObject({
      tenant: 'acme',
      database: { state: 'none' },
      topics: { state: 'read', topics: [], groupsLeftOut: 0 },
      queues: { state: 'read', vhost: `t.${TENANT_ID}`, queues: [] },
    });
  });

  it('says of a store that fails or keeps silent just that, and has the others all the same', async () => {
    const refusing = async () => {
      throw new Error('connect ECONNREFUSED 10.0.0.1:15672');
    };
    const found = await look(stores({ database: { read: never }, queues: { counts: refusing } }));
    expect(found).toMatchObject({
      database: { state: 'away', why: 'PostgreSQL: no answer within 0.05 s' },
      topics: { state: 'read' },
      queues: { state: 'away', why: 'RabbitMQ: connect ECONNREFUSED 10.0.0.1:15672' },
    });
    expect(await look(stores({ kafka: { groups: never } }))).toMatchObject({
      database: { state: 'none' },
      topics: { state: 'away', why: 'Kafka: no answer within 0.05 s' },
    });
  });

  it('goes on until every store has answered, also those it gave up on', async () => {
    const late = Promise.withResolvers<{ state: 'none' }>();
    const { answer, over } = lookAtStores(stores({ database: { read: () => late.promise } }), acme, 50);
    let isOver = false;
    void over.then(() => {
      isOver = true;
    });
    expect((await answer).database.state).toBe('away');
    expect(isOver).toBe(false);
    late.resolve({ state: 'none' });
    await over;
  });

  it('counts messages from the first that is kept, and for each group that has read of a topic what it has yet to read', async () => {
    const kafka = {
      topicsUnder: async () => new Map([['acme.events', 3]]),
      groups: async () => ['acme.bills', 'acme.idle'],
      offsetsOf: async () =>
        new Map([
          [
            'acme.events',
            new Map([
              [0, { first: 10n, end: 30n }],
              [1, { first: 0n, end: 5n }],
              [2, { first: 7n, end: 7n }],
            ]),
          ],
        ]),
      committed: async () =>
        new Map([
          // Of partition 0 everything is read, of 1 something; of 2, which is empty, something was.
          [
            'tenantry.projector.main',
            new Map([
              [
                'acme.events',
                new Map([
                  [0, 30n],
                  [1, 3n],
                  [2, 4n],
                ]),
              ],
            ]),
          ],
          // It stopped before what is kept now, and never came to partition 1.
          ['acme.bills', new Map([['acme.events', new Map([[0, 2n]])]])],
          ['acme.idle', new Map([['acme.events', new Map()]])],
        ]),
    };
    expect((await look(stores({ kafka }))).topics).toEqual({
      state: 'read',
      topics: [
        {
          name: 'acme.events',
          partitions: 3,
          messages: 25,
          groups: [
            { name: 'tenantry.projector.main', lag: 2 },
            { name: 'acme.bills', lag: 25 },
          ],
        },
      ],
      groupsLeftOut: 0,
    });
  });

  it('asks for fifty of a tenant’s groups and says how many more there are', async () => {
    let asked = 0;
    const kafka = {
      groups: async () => Array.from({ length: 60 }, (_, number) => `acme.${number}`),
      committed: async (groups: readonly string[]) => {
        asked = groups.length;
        return new Map();
      },
    };
    expect((await look(stores({ kafka }))).topics).toMatchObject({ groupsLeftOut: 10 });
    expect(asked).toBe(51);
  });

  it('names the topic that tenants share, and counts nothing there', async () => {
    const tenant = { ...acme, status: { ...acme.status, messaging: { eventsTopic: '_shared.main.events' } } };
    expect((await look(stores(), tenant)).topics).toEqual({
      state: 'read',
      sharedTopic: '_shared.main.events',
      topics: [],
      groupsLeftOut: 0,
    });
  });

  it.each([
    ['the cell has no RabbitMQ', stores({ queues: undefined }), acme],
    ['the tenant has no vhost', stores({ queues: { counts: async () => undefined } }), acme],
    ['the tenant has no id yet', stores(), { metadata: { name: 'acme' } }],
  ])('has no queues where %s', async (_why, of, tenant) => {
    expect((await look(of, tenant)).queues).toEqual({ state: 'none' });
  });
});
