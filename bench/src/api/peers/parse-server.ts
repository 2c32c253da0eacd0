import { join } from 'node:path';
import { freshDatabase } from '@tenantry/stack/testing/fresh-database.ts';
import type { ServerProcess } from '../../customers/server-process.ts';
import { customerBody, ID, NUMBER } from '../../load/requests.ts';
import type { ApiBench } from '../api-bench.ts';
import { installPeer } from './install-peer.ts';
import type { Peer } from './peer.ts';
import { startPeerWorkers } from './peer-workers.ts';

const VERSION = '9.10.0';
/** The master key spares it the look-up of users and rights. */
const HEADERS = { 'X-Parse-Application-Id': 'bench', 'X-Parse-Master-Key': 'bench-master' };

/** parse-server 9 in a database of its own, as many workers as ours. Installed from its own lockfile the first time (2 minutes). */
export async function startParseServer(bench: ApiBench): Promise<Peer> {
  const { world, rules } = bench;
  const installed = await installPeer('parse-server', `${VERSION}-2`, rules.say);
  const database = await freshDatabase();
  let workers: readonly ServerProcess[] = [];
  const remove = async (): Promise<void> => {
    await Promise.all(workers.map(({ stop }) => stop()));
    await database.drop();
  };
  try {
    workers = await startPeerWorkers(bench, database, {
      name: 'parse',
      args: (port) => [join(installed, 'server.mjs'), String(port), world.caFile],
      readyPath: '/parse/health',
    });
    const [{ port }] = workers as readonly [ServerProcess];
    return {
      name: 'parse-server',
      slowness: 10,
      contender: {
        ports: workers.map((worker) => worker.port),
        pids: { node: workers.map(({ pid }) => pid), postgres: [world.postgresPid] },
      },
      create: (mark) => ({
        method: 'POST',
        path: '/parse/classes/Customer',
        headers: HEADERS,
        body: customerBody(mark.replaceAll(/[^a-z0-9]+/gi, '')),
      }),
      createStatus: 201,
      read: { method: 'GET', path: `/parse/classes/Customer/${ID}`, headers: HEADERS },
      list: { method: 'GET', path: '/parse/classes/Customer?limit=50&order=-createdAt', headers: HEADERS },
      fill: (count) => fill(port, count),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** One by one, as its clients would: its batches do not work on Express 5. */
async function fill(port: number, count: number): Promise<string[]> {
  const ids: string[] = [];
  const body = JSON.stringify(customerBody('filled'));
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      const answer = await fetch(`http://127.0.0.1:${port}/parse/classes/Customer`, {
        method: 'POST',
        headers: { ...HEADERS, 'content-type': 'application/json' },
        body: body.replaceAll(NUMBER, String(next).padStart(NUMBER.length, '0')),
      });
      if (!answer.ok) throw new Error(`parse-server: ${answer.status} ${await answer.text()}`);
      ids.push(((await answer.json()) as { objectId: string }).objectId);
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  return ids;
}
