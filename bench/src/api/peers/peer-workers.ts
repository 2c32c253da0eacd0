import { join } from 'node:path';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import type { FreshDatabase } from '@tenantry/stack/testing/fresh-database.ts';
import { type ServerProcess, startServer } from '../../customers/server-process.ts';
import type { ApiBench } from '../api-bench.ts';
import { databaseUrl } from './peer.ts';

/** As many workers of a peer as ours, on its database. @throws after those that did start are stopped. */
export async function startPeerWorkers(
  { world, folder }: ApiBench,
  database: FreshDatabase,
  peer: {
    readonly name: string;
    readonly args: (port: number) => readonly string[];
    readonly readyPath: string;
    /** Instead of DATABASE_URL. */
    readonly environment?: (port: number) => Readonly<Record<string, string>>;
  },
): Promise<ServerProcess[]> {
  const workers: ServerProcess[] = [];
  try {
    while (workers.length < world.ours.length) {
      const port = await freePort();
      workers.push(
        await startServer({
          args: peer.args(port),
          environment: { NODE_ENV: 'production', ...(peer.environment?.(port) ?? { DATABASE_URL: databaseUrl(database) }) },
          port,
          readyUrl: `http://127.0.0.1:${port}${peer.readyPath}`,
          log: join(folder, `${peer.name}-${workers.length}.log`),
        }),
      );
    }
    return workers;
  } catch (error) {
    await Promise.all(workers.map(({ stop }) => stop()));
    throw error;
  }
}
