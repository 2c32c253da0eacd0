import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Every metric of the service. No histogram carries a tenant: 500 tenants × buckets × operations would be a metrics store of its own. */
export interface Metrics {
  readonly registry: Registry;
  readonly requestSeconds: Histogram<'operation' | 'status'>;
  /** Plain number behind the gauge: it changes twice a request, and is read once a scrape. */
  readonly inFlight: { requests: number };
  readonly flightSeconds: Histogram<'kind'>;
  readonly modelTransactionSeconds: Histogram<'kind'>;
  readonly batchSize: Histogram<'statement'>;
  readonly retriedAlone: Counter<'statement'>;
  readonly tokens: Counter<'outcome'>;
  readonly identityProviderSeconds: Histogram<'outcome'>;
  readonly identityWorkFailures: Counter<'kind'>;
  readonly registryTenants: Gauge;
  readonly registryConnected: Gauge;
  readonly eventsPublished: Counter;
  readonly publishFailures: Counter;
  readonly relayLeader: Gauge;
  readonly relayShards: Gauge;
  readonly unroutableEvents: Gauge;
  readonly oldestEventSeconds: SecondsBehind;
  readonly eventStreams: Gauge;
  readonly eventsAppended: Counter;
  readonly eventDuplicates: Counter;
  readonly eventGaps: Counter;
  readonly deadEvents: Counter<'reason'>;
  readonly rollUpFailures: Counter;
  /** Asked at every scrape how far this stage is behind, in seconds. */
  readonly lagOf: (stage: string, seconds: () => number) => void;
  readonly jobs: Counter<'kind' | 'outcome'>;
  readonly jobSeconds: Histogram<'kind'>;
  readonly webhookAttempts: Counter<'outcome'>;
  readonly webhookSeconds: Histogram;
  readonly webhooksQueued: Counter;
  readonly webhooksPutOff: Counter;
  readonly webhooksDisabled: Counter<'reason'>;
  readonly oldestWebhookSeconds: SecondsBehind;
  readonly expiredKeys: Counter;
  readonly archivedRows: Counter<'kind'>;
  readonly archivesDue: Gauge<'kind'>;
  readonly archiveFailures: Counter<'kind'>;
  readonly replicaReads: Counter<'server' | 'reason'>;
  readonly replicaWaitSeconds: Histogram;
  readonly replicaLagBytes: Gauge<'replica'>;
  readonly replicaUsed: Gauge<'replica'>;
}

/** How far a stage was behind when it was last looked at. */
interface SecondsBehind {
  readonly set: (seconds: number) => void;
}

/** One registry per process, made by its composition root. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const inFlight = { requests: 0 };
  const lags = new Map<string, () => number>();
  new Gauge({
    name: 'tenantry_lag_seconds',
    help: 'How long what happened last took to get through a stage, or has waited for it: outbox (to Kafka), projector (from the change into the event log), rollups (from the log into the figures of a day), webhooks (since they were due).',
    labelNames: ['stage'],
    registers,
    collect() {
      for (const [stage, seconds] of lags) this.set({ stage }, seconds());
    },
  });
  const stage = (name: string, gauge: Gauge): SecondsBehind => ({
    set: (seconds) => {
      gauge.set(seconds);
      lags.set(name, () => seconds);
    },
  });
  new Gauge({
    name: 'tenantry_http_requests_in_flight',
    help: 'Requests being answered.',
    registers,
    collect() {
      this.set(inFlight.requests);
    },
  });
  return {
    registry,
    requestSeconds: new Histogram({
      name: 'tenantry_http_request_duration_seconds',
      help: 'From the first header to the answer handed to the socket, by operation and status.',
      labelNames: ['operation', 'status'],
      buckets: SECONDS,
      registers,
    }),
    inFlight,
    flightSeconds: new Histogram({
      name: 'tenantry_postgres_flight_duration_seconds',
      help: 'One begin-to-commit flight to PostgreSQL, by kind (read, write).',
      labelNames: ['kind'],
      buckets: SECONDS,
      registers,
    }),
    modelTransactionSeconds: new Histogram({
      name: 'tenantry_model_transaction_duration_seconds',
      help: 'One interactive transaction of a management path, by kind (read, write), without the wait for a place.',
      labelNames: ['kind'],
      buckets: SECONDS,
      registers,
    }),
    batchSize: new Histogram({
      name: 'tenantry_coalesced_requests',
      help: 'Requests answered by one statement.',
      labelNames: ['statement'],
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    }),
    retriedAlone: new Counter({
      name: 'tenantry_coalesced_retries_total',
      help: 'Requests taken out of a batch and tried alone.',
      labelNames: ['statement'],
      registers,
    }),
    tokens: new Counter({
      name: 'tenantry_access_tokens_total',
      help: 'Access tokens by outcome: cached, verified, refused.',
      labelNames: ['outcome'],
      registers,
    }),
    identityProviderSeconds: new Histogram({
      name: 'tenantry_identity_provider_call_duration_seconds',
      help: 'One call to the identity provider’s administration, by outcome: ok, refused, away.',
      labelNames: ['outcome'],
      buckets: SECONDS,
      registers,
    }),
    identityWorkFailures: new Counter({
      name: 'tenantry_identity_work_failures_total',
      help: 'Changes of members (user) and machine clients (machine-client) that could not be carried out and will be tried again.',
      labelNames: ['kind'],
      registers,
    }),
    registryTenants: new Gauge({ name: 'tenantry_registry_tenants', help: 'Tenants this process knows.', registers }),
    registryConnected: new Gauge({
      name: 'tenantry_registry_connected',
      help: '1 while changes of the registry are followed.',
      registers,
    }),
    eventsPublished: new Counter({
      name: 'tenantry_relay_events_published_total',
      help: 'Events acknowledged by Kafka and deleted from the outbox.',
      registers,
    }),
    publishFailures: new Counter({
      name: 'tenantry_relay_publish_failures_total',
      help: 'Batches of one topic that Kafka did not acknowledge; they stay in the outbox.',
      registers,
    }),
    relayLeader: new Gauge({ name: 'tenantry_relay_leader', help: '1 while this process publishes some of the outbox.', registers }),
    relayShards: new Gauge({ name: 'tenantry_relay_shards', help: 'Shards of the outbox this process publishes, of 16.', registers }),
    unroutableEvents: new Gauge({
      name: 'tenantry_relay_unroutable_events',
      help: 'Outbox rows whose writer is no tenant of the registry.',
      registers,
    }),
    eventStreams: new Gauge({ name: 'tenantry_event_streams', help: 'Event streams that are open.', registers }),
    eventsAppended: new Counter({
      name: 'tenantry_projector_events_appended_total',
      help: 'Events appended to event logs.',
      registers,
    }),
    eventDuplicates: new Counter({
      name: 'tenantry_projector_duplicate_events_total',
      help: 'Deliveries of events that were in their log already.',
      registers,
    }),
    eventGaps: new Counter({
      name: 'tenantry_projector_version_gaps_total',
      help: 'Events appended before an earlier version of the same thing.',
      registers,
    }),
    deadEvents: new Counter({
      name: 'tenantry_projector_dead_events_total',
      help: 'Records put aside, by reason: unreadable, wrong-topic, tenant-unknown, refused.',
      labelNames: ['reason'],
      registers,
    }),
    rollUpFailures: new Counter({
      name: 'tenantry_rollup_failures_total',
      help: 'Attempts to count events into roll-ups that failed; they are tried again.',
      registers,
    }),
    lagOf: (stage, seconds) => lags.set(stage, seconds),
    jobs: new Counter({
      name: 'tenantry_jobs_total',
      help: 'Operations worked on, by kind and outcome: ended, interrupted (tried again), gave-up.',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    jobSeconds: new Histogram({
      name: 'tenantry_job_duration_seconds',
      help: 'One taking of an operation, by kind.',
      labelNames: ['kind'],
      buckets: [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900],
      registers,
    }),
    webhookAttempts: new Counter({
      name: 'tenantry_webhook_attempts_total',
      help: 'Attempts at webhooks, by what came of them.',
      labelNames: ['outcome'],
      registers,
    }),
    webhookSeconds: new Histogram({
      name: 'tenantry_webhook_attempt_duration_seconds',
      help: 'One attempt, from the look-up of the name to the answer or the time limit.',
      buckets: SECONDS,
      registers,
    }),
    webhooksQueued: new Counter({
      name: 'tenantry_webhooks_queued_total',
      help: 'Webhooks given to the queue. More than attempts: the queue lost some, and they were given again.',
      registers,
    }),
    webhooksPutOff: new Counter({
      name: 'tenantry_webhooks_put_off_total',
      help: 'Webhooks not tried because their receiver is known to be down.',
      registers,
    }),
    webhooksDisabled: new Counter({
      name: 'tenantry_webhook_endpoints_disabled_total',
      help: 'Endpoints switched off: gone (answered 410), failing (nothing got through for days).',
      labelNames: ['reason'],
      registers,
    }),
    oldestWebhookSeconds: stage(
      'webhooks',
      new Gauge({
        name: 'tenantry_webhook_oldest_due_seconds',
        help: 'How long the webhook that waits longest has been due. Looked at every ten seconds.',
        registers,
      }),
    ),
    expiredKeys: new Counter({
      name: 'tenantry_idempotency_keys_expired_total',
      help: 'Idempotency keys removed after their 24 hours.',
      registers,
    }),
    archivedRows: new Counter({
      name: 'tenantry_archived_rows_total',
      help: 'Rows that were moved to the archive in the bucket and taken out of the database.',
      labelNames: ['kind'],
      registers,
    }),
    archivesDue: new Gauge({
      name: 'tenantry_archive_due_tenants',
      help: 'Tenants of which this worker, when it last looked, had to leave something in the database that is older than their plan keeps there.',
      labelNames: ['kind'],
      registers,
    }),
    archiveFailures: new Counter({
      name: 'tenantry_archive_failures_total',
      help: 'Files of the archive that did not come to their end in one go. They are tried again; nothing leaves the database before its file was read back.',
      labelNames: ['kind'],
      registers,
    }),
    replicaReads: new Counter({
      name: 'tenantry_replica_reads_total',
      help: 'Heavy reads of a cell with a read replica, by the server that answered and why: replica (fresh), primary (away, behind, unfit, conflict, failed, unasked).',
      labelNames: ['server', 'reason'],
      registers,
    }),
    replicaWaitSeconds: new Histogram({
      name: 'tenantry_replica_wait_duration_seconds',
      help: 'What a heavy read waited to know that the replica shows all that was acknowledged before it came.',
      buckets: SECONDS,
      registers,
    }),
    replicaLagBytes: new Gauge({
      name: 'tenantry_replica_lag_bytes',
      help: 'Log the replica had not replayed yet when it was last looked at.',
      labelNames: ['replica'],
      registers,
    }),
    replicaUsed: new Gauge({
      name: 'tenantry_replica_used',
      help: '1 while heavy reads go to the read replica.',
      labelNames: ['replica'],
      registers,
    }),
    oldestEventSeconds: stage(
      'outbox',
      new Gauge({
        name: 'tenantry_relay_oldest_event_seconds',
        help: 'Age of the oldest event of the last claim; 0 when the outbox was empty.',
        registers,
      }),
    ),
  };
}
