import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FreshDatabase, freshDatabase } from '@tenantry/stack/testing/fresh-database.ts';
import type { ServerProcess } from '../../customers/server-process.ts';
import { customerBody, ID } from '../../load/requests.ts';
import type { ApiBench } from '../api-bench.ts';
import { installPeer } from './install-peer.ts';
import type { Peer } from './peer.ts';
import { startPeerWorkers } from './peer-workers.ts';

const VERSION = '12.3.1';
const CLI = 'node_modules/directus/cli.js';

/** Directus in a database of its own, as many workers as ours: its items as the administrator, without cache, limits and telemetry. */
export async function startDirectus(bench: ApiBench): Promise<Peer> {
  const { world, rules, folder } = bench;
  const installed = await installPeer('directus', `${VERSION}-1`, rules.say, async (target) => {
    // A native part that only its flows' scripts use; it would have to be compiled.
    await writeFile(join(target, 'node_modules/isolated-vm/isolated-vm.js'), 'module.exports = {};\n');
  });
  const database = await freshDatabase();
  const token = randomBytes(16).toString('hex');
  const environment = (port: number) => settingsOf(database, { port, caFile: world.caFile, token, folder });
  let workers: readonly ServerProcess[] = [];
  const remove = async (): Promise<void> => {
    await Promise.all(workers.map(({ stop }) => stop()));
    await database.drop();
  };
  try {
    await bootstrap(join(installed, CLI), { ...environment(0), NODE_ENV: 'production' }, folder);
    const start = () =>
      startPeerWorkers(bench, database, {
        name: 'directus',
        args: () => [join(installed, CLI), 'start'],
        readyPath: '/server/ping',
        environment,
      });
    workers = await start();
    const [{ port }] = workers as readonly [ServerProcess];
    const headers = { Authorization: `Bearer ${token}` };
    await makeCollection(`http://127.0.0.1:${port}`, headers);
    // Each reads the collections when it starts; without Redis one does not hear of another's.
    await Promise.all(workers.map(({ stop }) => stop()));
    workers = await start();
    const client = await database.connect();
    return {
      name: 'Directus',
      slowness: 100,
      contender: {
        ports: workers.map((worker) => worker.port),
        pids: { node: workers.map(({ pid }) => pid), postgres: [world.postgresPid] },
      },
      create: (mark) => ({ method: 'POST', path: '/items/customers', headers, body: customerBody(mark.replaceAll(/[^a-z0-9]+/gi, '')) }),
      createStatus: 200,
      read: { method: 'GET', path: `/items/customers/${ID}`, headers },
      list: { method: 'GET', path: '/items/customers?limit=50&sort=-createdAt', headers },
      fill: async (count) => {
        const { rows } = await client.query<{ id: string }>(
          `insert into customers (id, "externalId", name, email, phone, status, segment, tags, attributes, "createdAt")
           select gen_random_uuid(), 'crm-' || n, 'Grace Hopper ' || n, 'grace.' || n || '@filled.example.org', '+4930123456', 'active', 'enterprise',
             '["vip", "newsletter"]', '{"industry": "computing", "employees": 250, "country": "DE"}', now()
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

/** All that a Directus process is told. */
function settingsOf(
  database: FreshDatabase,
  { port, caFile, token, folder }: { readonly port: number; readonly caFile: string; readonly token: string; readonly folder: string },
): Record<string, string> {
  const { host, port: postgresPort, database: name, user, password } = database.settings();
  return {
    DB_CLIENT: 'pg',
    DB_HOST: String(host),
    DB_PORT: String(postgresPort),
    DB_DATABASE: String(name),
    DB_USER: String(user),
    DB_PASSWORD: String(password),
    DB_SSL__CA_FILE: caFile,
    DB_POOL__MAX: '16',
    SECRET: 'a secret of the bench that signs nothing',
    ADMIN_EMAIL: 'admin@example.com',
    ADMIN_PASSWORD: token,
    ADMIN_TOKEN: token,
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    STORAGE_LOCAL_ROOT: folder,
    EXTENSIONS_PATH: folder,
    LOG_LEVEL: 'warn',
    TELEMETRY: 'false',
    CACHE_ENABLED: 'false',
    RATE_LIMITER_ENABLED: 'false',
    PRESSURE_LIMITER_ENABLED: 'false',
    WEBSOCKETS_ENABLED: 'false',
    SERVE_APP: 'false',
  };
}

async function bootstrap(cli: string, environment: Readonly<Record<string, string>>, folder: string): Promise<void> {
  const child = spawn(process.execPath, [cli, 'bootstrap'], { cwd: folder, env: { ...environment }, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`directus bootstrap ended with ${code}`);
}

/** The customer of the other contenders, with the same unique columns and index. */
async function makeCollection(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const text = (field: string, isUnique = false) => ({ field, type: 'string', schema: { is_unique: isUnique } });
  const json = (field: string) => ({ field, type: 'json', meta: { special: ['cast-json'] } });
  const fields = [
    { field: 'id', type: 'uuid', meta: { special: ['uuid'] }, schema: { is_primary_key: true } },
    ...[text('externalId', true), text('name'), text('email', true), text('phone'), text('status'), text('segment')],
    ...[json('tags'), json('attributes')],
    { field: 'createdAt', type: 'timestamp', meta: { special: ['date-created'] }, schema: { is_indexed: true } },
  ];
  const answer = await fetch(`${url}/collections`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ collection: 'customers', meta: {}, schema: {}, fields }),
  });
  if (!answer.ok) throw new Error(`directus: ${answer.status} ${await answer.text()}`);
}
