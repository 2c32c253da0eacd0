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
  readonly unroutableEvents: Gauge;
  readonly oldestEventSeconds: Gauge;
  readonly jobs: Counter<'kind' | 'outcome'>;
  readonly jobSeconds: Histogram<'kind'>;
  readonly expiredKeys: Counter;
}

/** One registry per process, made by its composition root. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const inFlight = { requests: 0 };
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
    relayLeader: new Gauge({ name: 'tenantry_relay_leader', help: '1 while this process publishes the outbox.', registers }),
    unroutableEvents: new Gauge({
      name: 'tenantry_relay_unroutable_events',
      help: 'Outbox rows whose writer is no tenant of the registry.',
      registers,
    }),
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
    expiredKeys: new Counter({
      name: 'tenantry_idempotency_keys_expired_total',
      help: 'Idempotency keys removed after their 24 hours.',
      registers,
    }),
    oldestEventSeconds: new Gauge({
      name: 'tenantry_relay_oldest_event_seconds',
      help: 'Age of the oldest event of the last claim; 0 when the outbox was empty.',
      registers,
    }),
  };
}
