import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { cellLogins, isSharedEventsTopic, LABELS, RABBITMQ_OPERATOR, REDIS_OPERATOR } from '@tenantry/contracts';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { TenantAccessReconciler } from './access/tenant-access-reconciler.ts';
import { BackupRequests } from './backup/backup-requests.ts';
import { TenantBackups } from './backup/tenant-backups.ts';
import type { Config } from './config.ts';
import { Controller } from './control/controller.ts';
import { EventRecorder } from './control/event-recorder.ts';
import { Informer } from './control/informer.ts';
import { KubeClient } from './control/kube-client.ts';
import { LeaderElection, type StopReason } from './control/leader.ts';
import { ControlMetrics } from './control/metrics.ts';
import { OptionalInformer } from './control/optional-informer.ts';
import { WorkQueue } from './control/work-queue.ts';
import { Effects } from './effects.ts';
import { IamFileAccess } from './iam/iam-file-access.ts';
import { PlatformaticKafka } from './kafka/platformatic-kafka.ts';
import { KeycloakIdentity } from './keycloak/keycloak-identity.ts';
import { KeycloakRest } from './keycloak/keycloak-rest.ts';
import { KubeTenantObjects } from './kubernetes/kube-tenant-objects.ts';
import { TENANT_ACCESSES, TENANT_CLASSES, TENANTS } from './kubernetes/resources.ts';
import { withoutOwners } from './kubernetes/without-owners.ts';
import { FencedPool } from './postgres/fenced-pool.ts';
import { PgBackupRecords } from './postgres/pg-backup-records.ts';
import { PgRegistry } from './postgres/pg-registry.ts';
import { PgRetirement } from './postgres/pg-retirement.ts';
import { PgSchemaFigures } from './postgres/pg-schema-figures.ts';
import { PgStaffAccess } from './postgres/pg-staff-access.ts';
import { PgTenantDatabase } from './postgres/pg-tenant-database.ts';
import { HttpProbe } from './probe/http-probe.ts';
import { RabbitmqQueues } from './rabbitmq/rabbitmq-queues.ts';
import { RabbitmqRest } from './rabbitmq/rabbitmq-rest.ts';
import type { NodeRedisLogins } from './redis/node-redis-logins.ts';
import type { Bucket } from './s3/port.ts';
import { S3Bucket } from './s3/s3-bucket.ts';
import { storesEndpoint } from './stores/stores-endpoint.ts';
import { startHealthServer } from './telemetry/health-server.ts';
import { OperatorMetrics } from './telemetry/operator-metrics.ts';
import { ClassRollouts } from './tenant/class-rollouts.ts';
import { DriftWatch } from './tenant/drift-watch.ts';
import { FinalBackups } from './tenant/final-backup.ts';
import { ObjectEdits } from './tenant/object-edits.ts';
import { PartitionBudget } from './tenant/partition-budget.ts';
import { Purge } from './tenant/purge.ts';
import { QuotaPush } from './tenant/quota-push.ts';
import { TenantReconciler, type TenantReconcilerParts } from './tenant/reconcile.ts';
import { TenantRemoval } from './tenant/remove-tenant.ts';
import { settledResult } from './tenant/settled.ts';
import { StartUp } from './tenant/start-up.ts';
import { TENANT_STEPS } from './tenant/steps.ts';
import { TenantEvents } from './tenant/tenant-events.ts';
import type { Place, Ports } from './tenant/tenant-pass.ts';

/** Bookmarks come about once a minute: a view older than this is not to be relied on. */
const STALE_AFTER_MS = 180_000;
/** How soon software that brings kinds of its own is noticed. */
const LOOK_FOR_KINDS_EVERY_MS = 30_000;
/** What one step of priority outweighs: a person's edit is not kept waiting by a look at every tenant that began less than a minute before. */
const AGEING_MS = 60_000;
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
    // Four more for backups and restores, which hold theirs for as long as they take, and two for who looks at a tenant's stores.
    connections: config.workers + 8,
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
  const queues = queuesOf(config, effects);
  const cache = await cacheOf(config, effects, log);
  const files = filesOf(config, effects);
  const rest = new KeycloakRest({
    issuer: config.identityIssuer,
    ca: config.ca,
    clientId: 'tenantry-operator',
    clientSecret: config.secrets.keycloakSecret,
  });
  const probe = new HttpProbe({ issuer: config.identityIssuer, ca: config.ca });
  const objects = new KubeTenantObjects({
    api,
    effects,
    namespace: config.tenantsNamespace,
    lookForKindsEveryMs: Math.min(LOOK_FOR_KINDS_EVERY_MS, config.driftCheckIntervalMs),
    relistIntervalMs: config.relistIntervalMs,
    metrics,
    log,
  });
  const tenantRegistry = new PgRegistry(pool);
  const { partitionBudget: budget } = config.cell.kafka;
  const partitions =
    budget === undefined ? undefined : new PartitionBudget({ kafka, registry: tenantRegistry, cell: config.cell.name, budget });
  if (partitions !== undefined) own.countPartitions(partitions);
  const ports: Ports = {
    registry: tenantRegistry,
    partitions,
    database: new PgTenantDatabase(pool, effects),
    retirement: new PgRetirement(pool),
    kafka,
    queues,
    cache,
    files,
    identity: new KeycloakIdentity(rest, effects),
    objects,
    probe,
    bucket: bucketOf(config, effects),
  };
  const place: Place = {
    cell: config.cell,
    tenantsNamespace: config.tenantsNamespace,
    serviceImage: config.serviceImage,
    pooledUrl: config.pooledUrl,
    identityIssuer: config.identityIssuer,
    ingress: config.ingress,
    serviceMonitorLabels: config.serviceMonitorLabels,
    egressCidrs: config.egressCidrs,
  };

  const { relistIntervalMs } = config;
  const labelSelector = config.operatorName === '' ? `!${LABELS.operator}` : `${LABELS.operator}=${config.operatorName}`;
  const tenants = new Informer({ api, resource: TENANTS, labelSelector, relistIntervalMs, transform: withoutOwners, metrics, log });
  own.countTenants(() => tenants.list());
  own.countCredentials(() => tenants.list());
  const classes = new Informer({ api, resource: TENANT_CLASSES, relistIntervalMs, metrics, log });
  // Optional: an operator that is newer than the kinds of its cluster serves tenants all the same.
  const accesses = new OptionalInformer({
    api,
    resource: TENANT_ACCESSES,
    relistIntervalMs,
    lookEveryMs: LOOK_FOR_KINDS_EVERY_MS,
    metrics,
    log,
  });
  // Five tries in the first ten seconds, then twice a minute: a store that is back is found soon, one that is away is not hammered.
  // All tenants together try again twenty times a second in the long run: a store that all of them need is not stampeded when it is back.
  const retryBucket = { perSecond: 20, burst: 100 };
  const queue = new WorkQueue({ name: 'tenant', metrics, baseDelayMs: 200, maxDelayMs: 30_000, retryBucket, ageingMs: AGEING_MS });
  const accessQueue = new WorkQueue({ name: 'access', metrics, baseDelayMs: 200, maxDelayMs: 30_000 });
  const startUp = new StartUp();
  const look = (name: string, priority = 0): void => {
    startUp.isAskedFor(name);
    queue.add(name, { priority });
  };
  const edits = new ObjectEdits();
  const classEdits = new ObjectEdits();
  const accessEdits = new ObjectEdits();
  const rollouts = new ClassRollouts({
    api,
    classes,
    tenants,
    operatorName: config.operatorName,
    admit: (name) => look(name),
    assertLeading,
    log,
  });
  tenants.onChange((name, reason, tenant) => {
    if (edits.isOne(name, reason, tenant)) look(name, reason === 'updated' ? 1 : 0);
    rollouts.tenantChanged(name, tenant.spec.classRef.name);
    if (reason === 'added') backupRequests.tenantCame(name);
    for (const access of accesses.list()) if (access.spec.tenantRef.name === name) accessQueue.add(access.metadata.name);
  });
  accesses.onChange((name, reason, access) => {
    if (accessEdits.isOne(name, reason, access)) accessQueue.add(name, { priority: 1 });
  });
  const quotaPush = new QuotaPush({ registry: ports.registry, classes, tenants, isLeading: () => leader.isLeading, log });
  classes.onChange((name, reason, tenantClass) => {
    // Our own status writes to a class are no reason to look at all its tenants.
    if (!classEdits.isOne(name, reason, tenantClass)) return;
    void quotaPush.classChanged(name);
    rollouts.changed(name);
    for (const tenant of tenants.list()) if (tenant.spec.classRef.name === name) look(tenant.metadata.name);
  });
  objects.onChange((name) => {
    if (tenants.get(name) !== undefined) look(name);
  });
  objects.onServedChange(() => {
    for (const tenant of tenants.list()) look(tenant.metadata.name);
  });

  const recorder = new EventRecorder({ api, component: 'tenantry.dev/operator', instance: identity, log });
  const events = new TenantEvents(recorder);
  const backupRecords = new PgBackupRecords(pool);
  const store =
    ports.bucket === undefined ? undefined : { cell: config.cell.name, bucket: ports.bucket, records: backupRecords, pool, effects };
  const backups = store === undefined ? undefined : new TenantBackups(store);
  const finalBackups = new FinalBackups({ backups, records: backupRecords, ended: (slug) => look(slug) });
  const backupRequests = new BackupRequests({
    api,
    tenants,
    registry: tenantRegistry,
    records: backupRecords,
    backups,
    restore: store === undefined ? undefined : { ...store, registry: tenantRegistry },
    cell: config.cell.name,
    events,
    restored: (slug) => look(slug, 1),
    assertLeading,
    isDefault: config.operatorName === '',
    relistIntervalMs,
    lookForKindsEveryMs: LOOK_FOR_KINDS_EVERY_MS,
    fenced: end,
    metrics,
    log,
  });
  const purge = new Purge({ ports, place, finalBackups, events, log, freed: (slug) => look(slug) });
  const removal = new TenantRemoval({ api, ports, place, effects, events, assertLeading, finalBackups, purgeSoon: () => purge.soon() });
  const parts: TenantReconcilerParts = {
    api,
    classes,
    rollouts,
    ports,
    place,
    steps: TENANT_STEPS,
    removal,
    effects,
    events,
    credentialKey: config.secrets.credentialKey,
    assertLeading,
    retryAfterMs: (name) => queue.nextRetryMs(name),
    isOurs: (tenant) => (tenant.metadata.labels?.[LABELS.operator] ?? '') === config.operatorName,
  };
  const reconciler = new TenantReconciler(parts);
  const drift = new DriftWatch({
    ports,
    cell: config.cell.name,
    intervalMs: config.driftCheckIntervalMs,
    log,
    tenants: () => tenants.list().map(({ metadata }) => metadata.name),
    tenantId: (slug) => tenants.get(slug)?.status?.tenantId,
    sharesTopic: (slug) => isSharedEventsTopic(tenants.get(slug)?.status?.messaging?.eventsTopic ?? ''),
    looked: (store, seconds) => own.driftLookSeconds.observe({ store }, seconds),
    changed: (slug, isKnown) => {
      own.driftsSeen.inc();
      look(slug, isKnown ? 0 : -1);
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
        const settled = startUp.take(name) ? await settledResult(parts, tenants.get(name)) : undefined;
        return settled ?? (await reconciler.reconcile(name));
      } catch (error) {
        // Another process has claimed the cell: nothing this one knows can be trusted any more.
        if (error instanceof Error && error.name === 'FencedError') end(error);
        throw error;
      }
    },
  });

  const records = new PgStaffAccess(pool);
  const accessReconciler = new TenantAccessReconciler({
    api,
    accesses,
    tenants,
    registry: ports.registry,
    records,
    identity: ports.identity,
    events,
    assertLeading,
    lookAgainMs: config.driftCheckIntervalMs,
    isDefault: config.operatorName === '',
  });
  const accessController = new Controller({
    name: 'access',
    queue: accessQueue,
    workers: 1,
    metrics,
    log,
    reconcile: async (name) => {
      try {
        return await accessReconciler.reconcile(name);
      } catch (error) {
        if (error instanceof Error && error.name === 'FencedError') end(error);
        throw error;
      }
    },
  });
  const accessesRun = async (signal: AbortSignal, stopped: Promise<void>): Promise<void> => {
    // Before the first list is in, every access would look deleted.
    await Promise.race([accesses.synced, stopped]);
    if (signal.aborted) return;
    // Of those whose object went while nobody looked only the rows tell.
    for (const { name } of await records.inside()) accessQueue.add(name);
    await accessController.run(signal);
  };

  async function lead(signal: AbortSignal): Promise<void> {
    await pool.lead(config.cell.name);
    await Promise.all([tenants.synced, classes.synced, objects.synced()]);
    startUp.begin(tenants.list().map(({ metadata }) => metadata.name));
    log.info({ cell: config.cell.name, epoch: pool.epoch.epoch, tenants: tenants.list().length }, 'Reconciling');
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.all([
      controller.run(signal),
      Promise.race([startUp.done, stopped]).then(() => drift.run(signal)),
      purge.run(signal),
      rollouts.run(signal),
      finalBackups.run(signal),
      backupRequests.run(signal),
      accessesRun(signal, stopped),
    ]);
  }

  const problems = (): string[] => [
    ...(tenants.hasSynced && classes.hasSynced ? [] : ['the first list of tenants is not in yet']),
    ...(Math.max(tenants.stalenessMs(), classes.stalenessMs(), objects.stalenessMs()) > STALE_AFTER_MS
      ? ['the view of the cluster is old']
      : []),
  ];
  const stores = { cell: config.cell.name, database: new PgSchemaFigures(pool), kafka, queues };
  const other = storesEndpoint({ stores, tenant: (name) => tenants.get(name) });
  const health = await startHealthServer({ ...config.metrics, registry, problems, other });
  const informing = new AbortController();
  const informers = Promise.all([
    tenants.start(informing.signal),
    classes.start(informing.signal),
    accesses.start(informing.signal),
    backupRequests.watch(informing.signal),
    objects.start(informing.signal),
  ]);
  try {
    await Promise.race([leader.run(stop), failed]);
  } finally {
    // The work is back by now (or must not go on); views, events and connections go last.
    informing.abort();
    await informers;
    await recorder.flush();
    await Promise.allSettled([
      pool.close(),
      kafka.close(),
      queues?.close(),
      cache?.close(),
      files?.close(),
      rest.close(),
      ports.bucket?.close(),
      probe.close(),
      api.close(),
    ]);
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

/** Its own part of the program: an operator of a cell without Redis does not load all the commands Redis has. */
async function cacheOf({ cell, secrets, ca }: Config, effects: Effects, log: Logger): Promise<NodeRedisLogins | undefined> {
  if (cell.redis === undefined || secrets.redisPassword === undefined) return undefined;
  const { NodeRedisLogins } = await import('./redis/node-redis-logins.ts');
  const { host, port, tls } = cell.redis;
  return new NodeRedisLogins({ host, port, user: REDIS_OPERATOR, password: secrets.redisPassword, ca: tls ? ca : undefined }, effects, log);
}

function queuesOf({ cell, secrets, ca }: Config, effects: Effects): RabbitmqQueues | undefined {
  if (cell.rabbitmq === undefined || secrets.rabbitmqPassword === undefined) return undefined;
  const login = { url: cell.rabbitmq.management, user: RABBITMQ_OPERATOR, password: secrets.rabbitmqPassword, ca };
  return new RabbitmqQueues(new RabbitmqRest(login), effects, RABBITMQ_OPERATOR);
}

function bucketOf({ cell, secrets }: Config, effects: Effects): Bucket | undefined {
  return cell.s3 === undefined || secrets.s3 === undefined ? undefined : new S3Bucket({ place: cell.s3, login: secrets.s3, effects });
}

function filesOf({ cell, secrets }: Config, effects: Effects): IamFileAccess | undefined {
  if (cell.s3?.tenantRoles === undefined || secrets.s3 === undefined) return undefined;
  return new IamFileAccess({ place: cell.s3, login: secrets.s3, effects });
}

function cellOperator(config: Config): string {
  return cellLogins(config.cell.name).operator;
}
