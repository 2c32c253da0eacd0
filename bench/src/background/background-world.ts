import { randomUUID } from 'node:crypto';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import type { ObjectStore } from '@tenantry/tenant-service/objects/object-store.ts';
import { s3ObjectStore } from '@tenantry/tenant-service/objects/s3-object-store.ts';
import { secretBox } from '@tenantry/tenant-service/webhooks/secret-box.ts';
import { newWebhookSecret } from '@tenantry/tenant-service/webhooks/webhook-signature.ts';
import { type ApiWorld, apiWorld } from '../api/api-world.ts';
import { CleanUp } from '../clean-up.ts';
import { partPid } from '../measure/part-pid.ts';
import { makeEventTopics } from '../pipeline/event-topics.ts';
import { roleProcesses } from '../pipeline/role-processes.ts';
import { AskedProcess } from '../webhooks/asked-process.ts';
import { removeQueues } from '../webhooks/webhooks-world.ts';

/** One cell with everything at work: two workers of the api, a job worker, a relay, a projector, a webhook sender and a receiver. */
export interface BackgroundWorld {
  readonly api: ApiWorld;
  readonly objects: ObjectStore;
  readonly sink: AskedProcess;
  /** Who is asked for its CPU time. */
  readonly pids: Readonly<Record<string, readonly number[]>>;
  readonly remove: () => Promise<void>;
}

const WORKERS = 2;

export async function backgroundWorld(options: {
  readonly root: string;
  readonly folder: string;
  readonly profileFolder: string | undefined;
  readonly tenants: number;
  readonly say: (line: string) => void;
}): Promise<BackgroundWorld> {
  const { root, folder, profileFolder, tenants, say } = options;
  const stack = await runningStack('postgres', 'redis', 'kafka', 'rabbitmq', 's3');
  const cleanUp = new CleanUp(say);
  try {
    const api = await apiWorld({ root, folder, profileFolder, tenants, workers: WORKERS, say });
    cleanUp.add(api.remove);
    await makeEventTopics(stack, api.tenants, cleanUp);
    const objects = s3ObjectStore(await stack.s3());
    cleanUp.add(async () => {
      for (const { tenantId } of api.tenants) await objects.removeUnder(`t/${tenantId}/`);
      objects.close();
    });
    const sink = new AskedProcess('sink-process.ts');
    cleanUp.add(() => sink.close());
    const { port: sinkPort } = await sink.hear<{ port: number }>();
    const roles = await roleProcesses({ root, folder, profileFolder, stack, cell: api.freshCell });
    const box = secretBox([roles.webhookKey]);
    for (const { schema, tenantId } of api.tenants)
      await api.admin.query(
        `insert into ${schema}.webhook_endpoints (id, url, description, types, ordered, status, secret, version, created_by, created_at, updated_at)
         values ($1, $2, '', '{dev.tenantry.import.*}', false, 'enabled', $3, 1, 'bench', now(), now())`,
        [randomUUID(), `http://127.0.0.1:${sinkPort}/${tenantId}`, box.seal(tenantId, newWebhookSecret())],
      );
    cleanUp.add(() => removeQueues(stack, api.cell));
    const started: Record<string, readonly number[]> = {};
    for (const [role, environment] of [
      ['relay', {}],
      ['projector', {}],
      ['job-worker', { JOB_REFILL_MS: '500' }],
      ['webhook-sender', { WEBHOOK_ALLOWED_ORIGINS: `http://127.0.0.1:${sinkPort}` }],
    ] as const) {
      const process = await roles.start(role, environment);
      cleanUp.add(process.stop);
      started[role] = [process.pid];
    }
    const pids = {
      api: api.ours.map(({ pid }) => pid),
      ...started,
      postgres: [api.postgresPid],
      kafka: [await partPid('kafka')],
      redis: [await partPid('redis')],
      rabbitmq: [await partPid('rabbitmq')],
      s3: [await partPid('s3')],
    };
    return { api, objects, sink, pids, remove: () => cleanUp.run() };
  } catch (error) {
    await cleanUp.run();
    throw error;
  }
}
