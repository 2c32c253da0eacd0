import { SENDER_VHOST, type TenantNames, WEBHOOK_QUEUES } from '@tenantry/contracts';
import { type RunningStack, runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { freshCell } from '@tenantry/tenant-schema/testing/fresh-cell.ts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import { type SecretBox, secretBox } from '@tenantry/tenant-service/webhooks/secret-box.ts';
import type pg from 'pg';
import { CleanUp } from '../clean-up.ts';
import type { ServerProcess } from '../customers/server-process.ts';
import { partPid } from '../measure/part-pid.ts';
import { roleProcesses } from '../pipeline/role-processes.ts';
import { AskedProcess } from './asked-process.ts';

/** Ten tenants in a cell of its own, one webhook sender before them, a receiver, and the loop it is held against. */
export interface WebhooksWorld {
  readonly tenants: readonly (TenantNames & { readonly tenantId: string })[];
  readonly admin: pg.Client;
  readonly box: SecretBox;
  readonly sink: AskedProcess;
  readonly sinkPort: number;
  readonly bare: AskedProcess;
  readonly sender: ServerProcess;
  readonly pids: { readonly postgres: number; readonly rabbitmq: number };
  readonly remove: () => Promise<void>;
}

const TENANTS = 10;

export async function webhooksWorld(options: {
  readonly root: string;
  readonly folder: string;
  readonly profileFolder: string | undefined;
  readonly say: (line: string) => void;
}): Promise<WebhooksWorld> {
  const { root, folder, profileFolder, say } = options;
  const stack = await runningStack('postgres', 'rabbitmq');
  const cleanUp = new CleanUp(say);
  try {
    const { host, port, user, password, ca = '' } = stack.postgres;
    const cell = await freshCell({ host, port, user, password, ca });
    cleanUp.add(cell.drop);
    const operator = await cell.connectAs('operator');
    const tenants: WebhooksWorld['tenants'][number][] = [];
    while (tenants.length < TENANTS)
      tenants.push(await provisionTenantDatabase(operator, { slug: `bench-hooks-${tenants.length}`, cell: cell.cell }));
    const sink = new AskedProcess('sink-process.ts');
    cleanUp.add(() => sink.close());
    const { port: sinkPort } = await sink.hear<{ port: number }>();
    const bare = new AskedProcess('bare-sender.ts');
    cleanUp.add(() => bare.close());
    const roles = await roleProcesses({ root, folder, profileFolder, stack, cell });
    const sender = await roles.start('webhook-sender', { WEBHOOK_ALLOWED_ORIGINS: `http://127.0.0.1:${sinkPort}` });
    cleanUp.add(() => removeQueues(stack, cell.cell), sender.stop);
    return {
      ...{ tenants, sink, sinkPort, bare, sender },
      admin: await cell.connectAsAdmin(),
      box: secretBox([roles.webhookKey]),
      pids: { postgres: await partPid('postgres'), rabbitmq: await partPid('rabbitmq') },
      remove: () => cleanUp.run(),
    };
  } catch (error) {
    await cleanUp.run();
    throw error;
  }
}

/** What the sender has made in the platform's vhost. */
export async function removeQueues(stack: RunningStack, cell: string): Promise<void> {
  const { management, username, password } = await stack.rabbitmq();
  for (const queue of [`${WEBHOOK_QUEUES}.${cell}`, `${WEBHOOK_QUEUES}.${cell}.dead`])
    await fetch(`${management}/api/queues/${SENDER_VHOST}/${queue}`, {
      method: 'DELETE',
      headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` },
    });
}
