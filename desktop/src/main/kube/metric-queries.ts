import { SYSTEM_NAMESPACE, TENANTS_NAMESPACE } from '@tenantry/contracts';
import type { MetricName, Replicas } from '../../platform/platform-metrics.ts';

/** A metric in PromQL. */
export interface MetricQuery {
  readonly query: string;
  /** Label that tells its series apart. */
  readonly by: string | undefined;
}

/** Other programs of the cluster count under some of these names, too: an operator of ours is not the only one. */
const OURS = `namespace=~"${SYSTEM_NAMESPACE}|${TENANTS_NAMESPACE}"`;

/** Of which processes Prometheus last heard, and when. */
export const SOURCES = { answers: `up{${OURS}}`, heardAt: `timestamp(up{${OURS}})` } as const;

/**
 * Pure. What each metric is, of docs/reference/metrics.md, Node's own and RabbitMQ's.
 * @param windowSeconds over which rates are taken: at least four scrapes, so that one that failed leaves no hole
 */
export function metricQuery(name: MetricName, replicas: Replicas, windowSeconds: number): MetricQuery {
  const labels = [OURS, ...replicasLabel(replicas)].join(',');
  const rate = (metric: string, more = ''): string => `rate(${metric}{${labels}${more}}[${windowSeconds}s])`;
  const p95 = (metric: string): string => `histogram_quantile(0.95, sum by (le) (${rate(`${metric}_bucket`)}))`;
  const one = (query: string): MetricQuery => ({ query, by: undefined });
  switch (name) {
    case 'requestRate':
      return one(`sum(${rate('tenantry_http_request_duration_seconds_count')})`);
    case 'requestP95':
      return one(p95('tenantry_http_request_duration_seconds'));
    case 'errorRatio': {
      // Without a failure there is no series of failures: that is none, not unknown.
      const failed = `(sum(${rate('tenantry_http_request_duration_seconds_count', ',status=~"5.."')}) or vector(0))`;
      return one(`${failed} / sum(${rate('tenantry_http_request_duration_seconds_count')})`);
    }
    case 'requestsInFlight':
      return one(`sum(tenantry_http_requests_in_flight{${labels}})`);
    case 'databaseP95':
      return one(p95('tenantry_postgres_flight_duration_seconds'));
    case 'stageLag':
      return { query: `max by (stage) (tenantry_lag_seconds{${labels}})`, by: 'stage' };
    case 'outboxAge':
      return one(`max(tenantry_relay_oldest_event_seconds{${labels}})`);
    case 'eventRate':
      return one(`sum(${rate('tenantry_relay_events_published_total')})`);
    case 'webhookAge':
      return one(`max(tenantry_webhook_oldest_due_seconds{${labels}})`);
    case 'queueMessages':
      return one('sum(rabbitmq_queue_messages)');
    case 'operatorQueue':
      return { query: `sum by (name) (workqueue_depth{${labels}})`, by: 'name' };
    case 'reconcileRate':
      return { query: `sum by (result) (${rate('controller_runtime_reconcile_total')})`, by: 'result' };
    case 'cpu':
      return one(`sum(${rate('process_cpu_seconds_total')})`);
    case 'memory':
      return one(`sum(process_resident_memory_bytes{${labels}})`);
  }
}

/** The label that a ServiceMonitor of the operator's gives the replicas of a dedicated tenant; shared ones have none. */
function replicasLabel(replicas: Replicas): string[] {
  if (replicas === 'all') return [];
  // Beside the shared replicas there are other roles without a tenant.
  if (replicas === 'pooled') return ['tenantry_dev_tenant=""', 'container="api"'];
  return [`tenantry_dev_tenant=${JSON.stringify(replicas.dedicatedTo)}`];
}
