import { randomBytes, randomUUID } from 'node:crypto';
import type { TenantNames } from '@tenantry/contracts';
import { type RunningStack, runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { freshCell } from '@tenantry/tenant-schema/testing/fresh-cell.ts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import type pg from 'pg';
import { CleanUp } from '../clean-up.ts';
import type { ServerProcess } from '../customers/server-process.ts';
import { partPid } from '../measure/part-pid.ts';
import { makeEventTopics } from '../pipeline/event-topics.ts';
import { roleProcesses } from '../pipeline/role-processes.ts';

/** Twenty tenants in a cell of its own, a topic of one partition for each, and the relay from the bundle that goes into the image. */
export interface EventsWorld {
  readonly stack: RunningStack;
  readonly tenants: readonly TenantNames[];
  readonly admin: pg.Client;
  readonly connectAsAdmin: () => Promise<pg.Client>;
  /** Signed in as the relay is. */
  readonly asRelay: pg.Client;
  readonly relay: ServerProcess;
  /** The relay stands still, keeping its lock, until it is let go. */
  readonly halt: () => void;
  readonly letGo: () => void;
  /** Events it has published and deleted since its start. */
  readonly published: () => Promise<number>;
  readonly pids: { readonly postgres: number; readonly kafka: number };
  readonly remove: () => Promise<void>;
}

const TENANTS = 20;

export async function eventsWorld(options: {
  readonly root: string;
  readonly folder: string;
  readonly profileFolder: string | undefined;
  readonly say: (line: string) => void;
}): Promise<EventsWorld> {
  const { root, folder, profileFolder, say } = options;
  const stack = await runningStack('postgres', 'kafka');
  const cleanUp = new CleanUp(say);
  try {
    const { host, port, user, password, ca = '' } = stack.postgres;
    const cell = await freshCell({ host, port, user, password, ca });
    cleanUp.add(cell.drop);
    const operator = await cell.connectAs('operator');
    const mark = randomBytes(3).toString('hex');
    const tenants: TenantNames[] = [];
    while (tenants.length < TENANTS)
      tenants.push(
        await provisionTenantDatabase(operator, { slug: `bench-${mark}-${tenants.length}`, cell: cell.cell, tenantId: randomUUID() }),
      );
    await makeEventTopics(stack, tenants, cleanUp);
    const relay = await (await roleProcesses({ root, folder, profileFolder, stack, cell })).start('relay');
    const letGo = (): void => void process.kill(relay.pid, 'SIGCONT');
    cleanUp.add(relay.stop, letGo);
    return {
      ...{ stack, tenants, relay, letGo },
      admin: await cell.connectAsAdmin(),
      connectAsAdmin: cell.connectAsAdmin,
      asRelay: await cell.connectAs('relay'),
      halt: () => void process.kill(relay.pid, 'SIGSTOP'),
      published: async () => {
        const text = await (await fetch(`http://127.0.0.1:${relay.port}/metrics`)).text();
        return Number(/^tenantry_relay_events_published_total (\d+)/m.exec(text)?.[1] ?? Number.NaN);
      },
      pids: { postgres: await partPid('postgres'), kafka: await partPid('kafka') },
      remove: () => cleanUp.run(),
    };
  } catch (error) {
    await cleanUp.run();
    throw error;
  }
}
