import { randomBytes, randomUUID } from 'node:crypto';
import { type CellsFile, type EffectiveQuotas, type TenantryClient, tenantryClient } from '@tenantry/contracts';
import { type RunningStack, runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { type FreshCell, freshCell } from '@tenantry/tenant-schema/testing/fresh-cell.ts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import type { ClientBase } from 'pg';
import { type RunningRole, startApi } from '../src/api-role.ts';
import { Connection, clientConfig } from '../src/postgres/connection.ts';
import type { ApiConfig, PostgresLogin } from '../src/role-config.ts';
import { createLog } from '../src/telemetry/log.ts';
import { createMetrics, type Metrics } from '../src/telemetry/metrics.ts';
import type { Tenant } from '../src/tenancy/tenant.ts';
import { type LocalIssuer, localIssuer, type TokenWishes } from './local-issuer.ts';

/** A tenant as the registry has it, and its dedicated login when it has one. */
export interface TestTenant extends Tenant {
  readonly organizationId: string;
  readonly login: { readonly user: string; readonly password: string } | undefined;
}

export interface RunningApi extends RunningRole {
  readonly url: string;
  readonly metricsUrl: string;
  readonly metrics: Metrics;
  readonly client: (token: string) => TenantryClient;
}

/** A cell of its own on the stack's PostgreSQL, tenants in it, an issuer, and api replicas in this process. */
export interface ServiceWorld extends AsyncDisposable {
  readonly stack: RunningStack;
  readonly cell: FreshCell;
  readonly issuer: LocalIssuer;
  /** Connected as the operator's login, which owns the registry. */
  readonly operator: ClientBase;
  readonly admin: ClientBase;
  readonly addTenant: (
    slug: string,
    wishes?: { dedicated?: boolean; organizationId?: string; statementTimeoutMs?: number; quotas?: EffectiveQuotas },
  ) => Promise<TestTenant>;
  readonly token: (tenant: TestTenant, wishes?: Partial<TokenWishes>) => Promise<string>;
  readonly login: (user: string, password: string) => PostgresLogin;
  readonly apiConfig: (overrides?: Partial<ApiConfig>) => ApiConfig;
  readonly startApi: (overrides?: Partial<ApiConfig>, options?: { hot?: boolean }) => Promise<RunningApi>;
  /** A connection as the pooled door has them. */
  readonly pooledConnection: (named?: boolean) => Connection;
}

/** @param postgres a server of the test's own instead of the stack's; it goes with all its data, so nothing is dropped in it. */
export async function serviceWorld({ postgres }: { postgres?: RunningStack['postgres'] } = {}): Promise<ServiceWorld> {
  const stack = await runningStack('postgres');
  const { host, port, user, password, ca = '' } = postgres ?? stack.postgres;
  const cell = await freshCell({ host, port, user, password, ca });
  const issuer = await localIssuer();
  const operator = await cell.connectAs('operator');
  const admin = await cell.connectAsAdmin();
  const running: RunningRole[] = [];
  const connections: Connection[] = [];
  const cursorKeys = [randomBytes(32)];
  const webhooks = { keys: [randomBytes(32)], allowedOrigins: new Set<string>() };

  const login = (loginUser: string, loginPassword: string): PostgresLogin => ({
    host,
    port,
    database: cell.database,
    user: loginUser,
    password: loginPassword,
    ca,
  });
  const cells: CellsFile['cells'][number] = {
    name: cell.cell,
    postgres: { host, port, database: cell.database },
    kafka: { brokers: ['127.0.0.1:1'], replicationFactor: 1 },
  };
  const apiConfig = (overrides: Partial<ApiConfig> = {}): ApiConfig => ({
    role: 'api',
    cell: cells,
    ca,
    // Silent but for faults of ours: what was behind an `internal` problem is found in the output.
    logLevel: 'error',
    metricsPort: 0,
    host: '127.0.0.1',
    issuer: issuer.url,
    port: 0,
    tenantId: undefined,
    registry: login(cell.logins.registry, cell.passwords.registry),
    rows: login(cell.logins.api, cell.passwords.api),
    connections: 4,
    connectionsPerTenant: 2,
    modelConnections: 3,
    namedStatements: true,
    cursorKeys,
    requestTimeoutMs: 10_000,
    eventStreamLimitMs: 60_000,
    eventStreamStalledMs: 30_000,
    drainDelayMs: 0,
    webhooks,
    ...overrides,
  });

  return {
    stack,
    cell,
    issuer,
    operator,
    admin,
    login,
    apiConfig,
    addTenant: async (slug, wishes = {}) => {
      const loginPassword = wishes.dedicated ? `pw-${slug}` : undefined;
      const names = await provisionTenantDatabase(operator, {
        slug,
        cell: cell.cell,
        ...(loginPassword ? { password: loginPassword } : {}),
      });
      const organizationId = wishes.organizationId ?? randomUUID();
      const statementTimeoutMs = wishes.statementTimeoutMs ?? 2000;
      const url = loginPassword ? `http://${slug}.example.test` : null;
      await operator.query(
        'update tenantry.tenants set organization_id = $2, statement_timeout_ms = $3, url = $4, quotas = $5 where tenant_id = $1',
        [names.tenantId, organizationId, statementTimeoutMs, url, wishes.quotas ?? {}],
      );
      return {
        tenantId: names.tenantId,
        slug,
        state: 'Active',
        mode: loginPassword ? 'Dedicated' : 'Pooled',
        organizationId,
        schema: names.schema,
        appRole: names.appRole,
        statementTimeoutMs,
        class: 'standard',
        quotas: wishes.quotas ?? {},
        url,
        closedReason: null,
        eventsTopic: names.eventsTopic,
        login: loginPassword ? { user: names.login(1), password: loginPassword } : undefined,
      };
    },
    token: (tenant, wishes = {}) => issuer.token({ organizationId: tenant.organizationId, ...wishes }),
    startApi: async (overrides = {}, options = {}) => {
      const metrics = createMetrics();
      const config = apiConfig(overrides);
      const role = await startApi(config, createLog(config.logLevel, 'tenantry-api'), metrics, options);
      running.push(role);
      const url = `http://127.0.0.1:${role.port}`;
      return {
        ...role,
        url,
        metricsUrl: `http://127.0.0.1:${role.metricsPort}`,
        metrics,
        client: (token) => tenantryClient({ baseUrl: url, token: () => token }),
      };
    },
    pooledConnection: (named = true) => {
      const connection = new Connection(clientConfig(login(cell.logins.api, cell.passwords.api), 'test'), named);
      connections.push(connection);
      return connection;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(running.map((role) => role.stop().catch(() => {})));
      await Promise.all(connections.map((connection) => connection.close()));
      if (postgres === undefined) await cell.drop();
      await issuer[Symbol.asyncDispose]();
    },
  };
}
