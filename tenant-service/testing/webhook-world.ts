import { randomBytes, randomUUID } from 'node:crypto';
import { freshVhost } from '@tenantry/stack/testing/fresh-vhost.ts';
import { Connection, clientConfig } from '../src/postgres/connection.ts';
import { webhookQueue } from '../src/rabbitmq/webhook-queue.ts';
import { createLog } from '../src/telemetry/log.ts';
import { createMetrics, type Metrics } from '../src/telemetry/metrics.ts';
import { pooledDoor } from '../src/tenancy/doors.ts';
import type { Tenant } from '../src/tenancy/tenant.ts';
import { EndpointBreakers } from '../src/webhooks/endpoint-breakers.ts';
import { guardedAgent } from '../src/webhooks/guarded-agent.ts';
import { routeEvents } from '../src/webhooks/route-events.ts';
import { secretBox } from '../src/webhooks/secret-box.ts';
import { dispatchWebhooks } from '../src/webhooks/webhook-dispatcher.ts';
import { WebhookSender } from '../src/webhooks/webhook-sender.ts';
import { newWebhookSecret } from '../src/webhooks/webhook-signature.ts';
import { type ServiceWorld, serviceWorld, type TestTenant } from './service-world.ts';
import { webhookSink } from './webhook-sink.ts';

export interface SenderWishes {
  readonly ladder?: readonly number[];
  readonly timeoutMs?: number;
  readonly leaseMs?: number;
  readonly failingMs?: number;
  readonly resetMs?: number;
  /** Where RabbitMQ is, when it is behind something. */
  readonly rabbitmq?: { readonly host: string; readonly port: number };
}

export type WebhookWorld = Awaited<ReturnType<typeof webhookWorld>>;

/**
 * A cell with tenants, a vhost of its own on the stack's RabbitMQ, a receiver, and senders in this process.
 * @param postgres as in serviceWorld
 */
export async function webhookWorld({ postgres }: Parameters<typeof serviceWorld>[0] = {}) {
  const world: ServiceWorld = await serviceWorld(postgres && { postgres });
  const vhost = await freshVhost(world.stack, `test.${world.cell.cell}`);
  const { login } = vhost;
  const sink = await webhookSink();
  const key = randomBytes(32);
  const box = secretBox([key]);
  const tenants = new Map<string, Tenant>();
  const running: (() => Promise<void>)[] = [];
  const log = createLog('silent', 'test');
  const rows = world.login(world.cell.logins.sender, world.cell.passwords.sender);

  const run = async (tenant: TestTenant, sql: string, values: unknown[] = []) => {
    // As the owner of everything: tests look and arrange from outside.
    return (await world.admin.query(sql.replaceAll('{schema}', tenant.schema), values)).rows;
  };

  const projector = world.login(world.cell.logins.projector, world.cell.passwords.projector);
  const route = async (tenant: Tenant, ids: readonly string[]): Promise<void> => {
    const door = pooledDoor({
      connect: () => new Connection(clientConfig(projector, 'test'), true),
      connections: 1,
      connectionsPerTenant: 1,
    });
    await door.write(tenant, (tx) => tx.run(routeEvents, [ids]));
    await door.close();
  };

  return {
    ...world,
    sink,
    key,
    rabbitmqPassword: login.password,
    asAdministrator: vhost.asAdministrator,
    run,
    tenant: async (slug: string) => {
      const tenant = await world.addTenant(slug);
      tenants.set(tenant.tenantId, tenant);
      return tenant;
    },
    setState: async (tenant: TestTenant, state: Tenant['state']) => {
      tenants.set(tenant.tenantId, { ...tenant, state });
      await world.operator.query('update tenantry.tenants set state = $2 where tenant_id = $1', [tenant.tenantId, state]);
    },
    /** An endpoint of the receiver's path, as the api would store it. */
    endpoint: async (tenant: TestTenant, path: string, wishes: { ordered?: boolean; types?: string[]; origin?: string } = {}) => {
      const [id, secret] = [randomUUID(), newWebhookSecret()];
      await run(
        tenant,
        `insert into {schema}.webhook_endpoints (id, url, description, types, ordered, status, secret, version, created_by, created_at, updated_at)
         values ($1, $2, '', $3, $4, 'enabled', $5, 1, 'test', now(), now())`,
        [id, `${wishes.origin ?? sink.origin}${path}`, wishes.types ?? ['*'], wishes.ordered ?? false, box.seal(tenant.tenantId, secret)],
      );
      return { id, secret, path };
    },
    /** Puts events into the tenant's log and routes them, as the projector does. */
    publish: async (tenant: TestTenant, events: readonly { type?: string; subject?: string; data?: unknown }[]): Promise<string[]> => {
      const ids = events.map(() => randomUUID());
      for (const [at, { type = 'dev.tenantry.customer.created.v1', subject = `customers/${randomUUID()}`, data = {} }] of events.entries())
        await run(
          tenant,
          `insert into {schema}.events (seq, id, type, subject, version, occurred_at, data, hash)
           select coalesce(max(seq), 0) + 1, $1, $2, $3, 1, now(), $4, decode(repeat('00', 32), 'hex') from {schema}.events`,
          [ids[at], type, subject, JSON.stringify(data)],
        );
      await route(tenant, ids);
      return ids;
    },
    routeAgain: route,
    /** A sender with its queue, until it is stopped. */
    startSender: async (wishes: SenderWishes = {}) => {
      const { timeoutMs = 1000, leaseMs = 2000 } = wishes;
      const metrics: Metrics = createMetrics();
      const allowedOrigins = new Set([sink.origin]);
      const agent = guardedAgent({ allowedOrigins, connectMs: timeoutMs });
      const door = pooledDoor({
        connect: () => new Connection(clientConfig(rows, 'test-sender'), true),
        connections: 4,
        connectionsPerTenant: 2,
      });
      const breakers = new EndpointBreakers(wishes.resetMs ?? 500);
      const sender = new WebhookSender({
        door,
        tenantOf: (tenantId) => tenants.get(tenantId),
        box,
        agent,
        allowedOrigins,
        breakers,
        ladder: wishes.ladder ?? [50, 50, 50],
        timeoutMs,
        attemptsAtOnce: 64,
        takenMs: timeoutMs + leaseMs,
        failingMs: wishes.failingMs ?? 86_400_000,
        log,
        metrics,
        failpoint: () => {},
      });
      const queue = await webhookQueue({
        login,
        cell: world.cell.cell,
        concurrency: 64,
        work: (ticket) => sender.deliver(ticket),
        log,
      });
      const stop = new AbortController();
      const connection = clientConfig(rows, 'test-due');
      const dispatching = dispatchWebhooks({ connection, queue, leaseMs, poll: { minMs: 5, maxMs: 50 }, log, metrics }, stop.signal);
      let isStopped = false;
      const halt = async () => {
        if (isStopped) return;
        isStopped = true;
        stop.abort();
        await dispatching;
        await queue.close();
        breakers.close();
        await agent.destroy();
        await door.close();
      };
      running.push(halt);
      return { metrics, queue, stop: halt };
    },
    close: async () => {
      for (const halt of running) await halt();
      await sink.close();
      await vhost.drop();
      await world[Symbol.asyncDispose]();
    },
  };
}
