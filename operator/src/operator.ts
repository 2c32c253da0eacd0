import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { cellLogins, LABELS } from '@tenantry/contracts';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Config } from './config.ts';
import { Controller } from './control/controller.ts';
import { EventRecorder } from './control/event-recorder.ts';
import { Informer } from './control/informer.ts';
import { KubeClient } from './control/kube-client.ts';
import { LeaderElection, type StopReason } from './control/leader.ts';
import { ControlMetrics } from './control/metrics.ts';
import { WorkQueue } from './control/work-queue.ts';
import { Effects } from './effects.ts';
import { PlatformaticKafka } from './kafka/platformatic-kafka.ts';
import { KeycloakIdentity } from './keycloak/keycloak-identity.ts';
import { KeycloakRest } from './keycloak/keycloak-rest.ts';
import { KubeTenantObjects } from './kubernetes/kube-tenant-objects.ts';
import { TENANT_CLASSES, TENANTS } from './kubernetes/resources.ts';
import { FencedPool } from './postgres/fenced-pool.ts';
import { PgRegistry } from './postgres/pg-registry.ts';
import { PgRetirement } from './postgres/pg-retirement.ts';
import { PgTenantDatabase } from './postgres/pg-tenant-database.ts';
import { HttpProbe } from './probe/http-probe.ts';
import { startHealthServer } from './telemetry/health-server.ts';
import { OperatorMetrics } from './telemetry/operator-metrics.ts';
import { DriftWatch } from './tenant/drift-watch.ts';
import { Purge } from './tenant/purge.ts';
import { QuotaPush } from './tenant/quota-push.ts';
import { TenantReconciler } from './tenant/reconcile.ts';
import { TenantRemoval } from './tenant/remove-tenant.ts';
import { TENANT_STEPS } from './tenant/steps.ts';
import { TenantEvents } from './tenant/tenant-events.ts';
import type { Place, Ports } from './tenant/tenant-pass.ts';

/** Bookmarks come about once a minute: a view older than this is not to be relied on. */
const STALE_AFTER_MS = 180_000;
/** Exit code of a process killed by the failpoint, as a shell reports SIGKILL. */
const CRASHED = 137;

/**
 * Puts the operator together and runs it until `stop`. Resolves when everything is closed; rejects when it cannot go on (the caller exits,
 * and Kubernetes starts a new one): lost lease, fenced, or a cell that cannot be brought up to date.
 */
export async function runOperator(config: Config, log: Logger, stop: AbortSignal): Promise<void> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const metrics = new ControlMetrics(registry);
  const own = new OperatorMetrics(registry);
  const identity = `${hostname()}-${randomBytes(4).toString('hex')}`;
  const api =
    config.kubeconfigFile === undefined ? KubeClient.inCluster({ metrics }) : KubeClient.fromKubeconfig(config.kubeconfigFile, { metrics });

  let end: (failure: Error) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    end = reject;
  });
  const leader: LeaderElection = new LeaderElection({
    api,
    lease: { namespace: config.systemNamespace, name: leaseName(config.operatorName) },
    identity,
    metrics,
    log,
    onStartedLeading: (signal) => lead(signal),
    onStoppedLeading: (why: StopReason) => {
      if (why !== 'stopped') end(new Error(`leading ended: ${why}`));
    },
  });
  const assertLeading = () => leader.assertLeading();
  const effects = new Effects({ assertLeading, afterEach: failpoint(config, own, log), oneAtATime: config.crashAfter !== undefined });

  const pool = new FencedPool({
    host: config.cell.postgres.host,
    port: config.cell.postgres.port,
    database: config.cell.postgres.database,
    user: cellOperator(config),
    password: config.secrets.postgresPassword,
    ca: config.ca,
    connections: config.workers + 2,
    operatorName: config.operatorName,
    holder: identity,
    effects,
  });
  const kafka = new PlatformaticKafka({
    brokers: config.cell.kafka.brokers,
    user: 'operator',
    password: config.secrets.kafkaPassword,
    effects,
  });
  const rest = new KeycloakRest({
    issuer: config.identityIssuer,
    ca: config.ca,
    clientId: 'tenantry-operator',
    clientSecret: config.secrets.keycloakSecret,
  });
  const probe = new HttpProbe({ issuer: config.identityIssuer, ca: config.ca });
  const objects = new KubeTenantObjects({ api, effects, namespace: config.tenantsNamespace, metrics, log });
  const ports: Ports = {
    registry: new PgRegistry(pool),
    database: new PgTenantDatabase(pool, effects),
    retirement: new PgRetirement(pool),
    kafka,
    identity: new KeycloakIdentity(rest, effects),
    objects,
    probe,
  };
  const place: Place = {
    cell: config.cell,
    tenantsNamespace: config.tenantsNamespace,
    serviceImage: config.serviceImage,
    pooledUrl: config.pooledUrl,
    identityIssuer: config.identityIssuer,
  };

  const labelSelector = config.operatorName === '' ? `!${LABELS.operator}` : `${LABELS.operator}=${config.operatorName}`;
  const tenants = new Informer({ api, resource: TENANTS, labelSelector, metrics, log });
  own.countTenants(() => tenants.list());
  const classes = new Informer({ api, resource: TENANT_CLASSES, metrics, log });
  // Five tries in the first ten seconds, then twice a minute: a store that is back is found soon, one that is away is not hammered.
  const queue = new WorkQueue({ name: 'tenant', metrics, baseDelayMs: 200, maxDelayMs: 30_000 });
  tenants.onChange((name, reason) => queue.add(name, { priority: reason === 'updated' ? 1 : 0 }));
  const quotaPush = new QuotaPush({ registry: ports.registry, classes, tenants, isLeading: () => leader.isLeading, log });
  classes.onChange((name) => {
    void quotaPush.classChanged(name);
    for (const tenant of tenants.list()) if (tenant.spec.classRef.name === name) queue.add(tenant.metadata.name);
  });
  objects.onChange((name) => {
    if (tenants.get(name) !== undefined) queue.add(name);
  });

  const recorder = new EventRecorder({ api, component: 'tenantry.dev/operator', instance: identity, log });
  const events = new TenantEvents(recorder);
  const purge = new Purge({ ports, place, events, log, freed: (slug) => queue.add(slug) });
  const removal = new TenantRemoval({ api, ports, place, effects, events, assertLeading, purgeSoon: () => purge.soon() });
  const reconciler = new TenantReconciler({
    api,
    classes,
    ports,
    place,
    steps: TENANT_STEPS,
    removal,
    effects,
    events,
    credentialKey: config.secrets.credentialKey,
    assertLeading,
    isOurs: (tenant) => (tenant.metadata.labels?.[LABELS.operator] ?? '') === config.operatorName,
  });
  const drift = new DriftWatch({
    ports,
    cell: config.cell.name,
    intervalMs: config.driftCheckIntervalMs,
    log,
    tenants: () => tenants.list().map(({ metadata }) => metadata.name),
    changed: (slug) => {
      own.driftsSeen.inc();
      queue.add(slug);
    },
  });
  const controller = new Controller({
    name: 'tenant',
    queue,
    workers: config.workers,
    metrics,
    log,
    reconcile: async (name) => {
      try {
        return await reconciler.reconcile(name);
      } catch (error) {
        // Another process has claimed the cell: nothing this one knows can be trusted any more.
        if (error instanceof Error && error.name === 'FencedError') end(error);
        throw error;
      }
    },
  });

  async function lead(signal: AbortSignal): Promise<void> {
    await pool.lead(config.cell.name);
    await Promise.all([tenants.synced, classes.synced, objects.synced()]);
    log.info({ cell: config.cell.name, epoch: pool.epoch.epoch, tenants: tenants.list().length }, 'Reconciling');
    await Promise.all([controller.run(signal), drift.run(signal), purge.run(signal)]);
  }

  const problems = (): string[] => [
    ...(tenants.hasSynced && classes.hasSynced ? [] : ['the first list of tenants is not in yet']),
    ...(Math.max(tenants.stalenessMs(), classes.stalenessMs(), objects.stalenessMs()) > STALE_AFTER_MS
      ? ['the view of the cluster is old']
      : []),
  ];
  const health = await startHealthServer({ ...config.metrics, registry, problems });
  const informing = new AbortController();
  const informers = Promise.all([tenants.start(informing.signal), classes.start(informing.signal), objects.start(informing.signal)]);
  try {
    await Promise.race([leader.run(stop), failed]);
  } finally {
    // The work is back by now (or must not go on); views, events and connections go last.
    informing.abort();
    await informers;
    await recorder.flush();
    await Promise.allSettled([pool.close(), kafka.close(), rest.close(), probe.close(), api.close()]);
    health.closeAllConnections();
    health.close();
  }
}

function leaseName(operatorName: string): string {
  return operatorName === '' ? 'tenantry-operator' : `tenantry-operator-${operatorName}`;
}

function failpoint({ crashAfter }: Config, own: OperatorMetrics, log: Logger) {
  return (effect: string, count: number): void => {
    own.effects.inc({ store: effect.split(':')[0] ?? 'other' });
    log.debug({ effect, count }, 'Changed something outside');
    if (count === crashAfter) {
      log.warn({ effect, count }, 'Failpoint reached');
      log.flush();
      process.exit(CRASHED);
    }
  };
}

function cellOperator(config: Config): string {
  return cellLogins(config.cell.name).operator;
}
