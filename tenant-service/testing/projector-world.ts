import { randomBytes } from 'node:crypto';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import type { RunningRole } from '../src/api-role.ts';
import { startProjector } from '../src/projector-role.ts';
import type { ProjectorConfig } from '../src/role-config.ts';
import { createLog } from '../src/telemetry/log.ts';
import { createMetrics, type Metrics } from '../src/telemetry/metrics.ts';
import { type KafkaTopics, kafkaTopics } from './kafka-topics.ts';
import { type ServiceWorld, serviceWorld, type TestTenant } from './service-world.ts';

/** A row of an event log. */
export interface LogRow {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly version: number;
}

/** A service world with tenants that have topics, and projectors in this process. */
export interface ProjectorWorld extends AsyncDisposable {
  readonly world: ServiceWorld;
  readonly kafka: KafkaTopics;
  /** With a name and a topic no other run has. */
  readonly addTenant: (slug: string, wishes?: Parameters<ServiceWorld['addTenant']>[1]) => Promise<TestTenant>;
  readonly config: (overrides?: Partial<ProjectorConfig>) => Promise<ProjectorConfig>;
  readonly start: (overrides?: Partial<ProjectorConfig>) => Promise<RunningRole & { readonly metrics: Metrics }>;
  readonly log: (tenant: TestTenant) => Promise<LogRow[]>;
  /** Waits until the tenant's log has this many events. */
  readonly logged: (tenant: TestTenant, count: number) => Promise<LogRow[]>;
}

export async function projectorWorld(): Promise<ProjectorWorld> {
  const world = await serviceWorld();
  const kafka = await kafkaTopics(world.stack);
  const run = randomBytes(4).toString('hex');
  const { address, port, password } = await world.stack.kafka('projector');
  const projectors: RunningRole[] = [];

  const config = async (overrides: Partial<ProjectorConfig> = {}): Promise<ProjectorConfig> => {
    const { cell, ca, host, registry, connections, connectionsPerTenant, namedStatements } = world.apiConfig();
    return {
      ...{ cell, ca, host, registry, connections, connectionsPerTenant, namedStatements },
      role: 'projector',
      logLevel: 'silent',
      metricsPort: 0,
      rows: world.login(world.cell.logins.projector, world.cell.passwords.projector),
      kafka: { brokers: [`${address}:${port}`], username: 'projector', password, tls: false },
      documentsLookMs: 200,
      crashAfter: undefined,
      ...overrides,
    };
  };
  const log = async ({ schema }: TestTenant): Promise<LogRow[]> => {
    const { rows } = await world.admin.query<LogRow>(`select seq::int, id, type, subject, version from ${schema}.events order by seq`);
    return rows;
  };
  return {
    world,
    kafka,
    config,
    log,
    addTenant: async (slug, wishes) => {
      const tenant = await world.addTenant(`p${run}-${slug}`, wishes);
      await kafka.create(tenant.eventsTopic);
      return tenant;
    },
    start: async (overrides = {}) => {
      const metrics = createMetrics();
      const settings = await config(overrides);
      const role = await startProjector(settings, createLog(settings.logLevel, 'tenantry-projector'), metrics);
      projectors.push(role);
      return { ...role, metrics };
    },
    logged: async (tenant, count) => {
      await eventually(
        async () => {
          const { length } = await log(tenant);
          if (length < count) throw new Error(`${length} of ${count} events are in the log`);
        },
        { limitMs: 30_000 },
      );
      return await log(tenant);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(projectors.map((role) => role.stop().catch(() => {})));
      await kafka[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}
