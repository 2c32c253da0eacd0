import { join } from 'node:path';
import { freshDatabase } from '@tenantry/stack/testing/fresh-database.ts';
import type { ServerProcess } from '../../customers/server-process.ts';
import { customerBody, ID } from '../../load/requests.ts';
import type { ApiBench } from '../api-bench.ts';
import type { Peer } from './peer.ts';
import { startPeerWorkers } from './peer-workers.ts';

/** sequelize-service.ts in a database of its own, as many workers as ours. */
export async function startExpressSequelize(bench: ApiBench): Promise<Peer> {
  const { world } = bench;
  const database = await freshDatabase();
  let workers: readonly ServerProcess[] = [];
  const remove = async (): Promise<void> => {
    await Promise.all(workers.map(({ stop }) => stop()));
    await database.drop();
  };
  try {
    workers = await startPeerWorkers(bench, database, {
      name: 'sequelize',
      args: (port) => [join(import.meta.dirname, 'sequelize-service.ts'), String(port), world.caFile, world.issuer],
      readyPath: '/readyz',
    });
    const headers = await world.tenants[0].authorization();
    const client = await database.connect();
    return {
      name: 'Express + Sequelize',
      slowness: 10,
      contender: { ports: workers.map(({ port }) => port), pids: { node: workers.map(({ pid }) => pid), postgres: [world.postgresPid] } },
      create: (mark) => ({ method: 'POST', path: '/v1/customers', headers, body: customerBody(mark.replaceAll(/[^a-z0-9]+/gi, '')) }),
      createStatus: 201,
      read: { method: 'GET', path: `/v1/customers/${ID}`, headers },
      list: { method: 'GET', path: '/v1/customers', headers },
      fill: async (count) => {
        const { rows } = await client.query<{ id: string }>(
          `insert into customers (id, "externalId", name, email, phone, status, segment, tags, attributes, version, "createdAt", "updatedAt")
           select gen_random_uuid(), 'crm-' || n, 'Grace Hopper ' || n, 'grace.' || n || '@filled.example.org', '+4930123456', 'active', 'enterprise',
             array['vip', 'newsletter'], '{"industry": "computing", "employees": 250, "country": "DE"}', 1, now(), now()
           from generate_series(1, $1::int) n returning id`,
          [count],
        );
        await client.query('vacuum analyze customers');
        return rows.map(({ id }) => id);
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
