import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { METRIC_NAMES } from '../../platform/platform-metrics.ts';
import { metricQuery, SOURCES } from './metric-queries.ts';

/** What Node's client library counts in every process, and RabbitMQ by itself. */
const OTHERS = ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'rabbitmq_queue_messages'];
const reference = readFileSync(join(import.meta.dirname, '../../../../docs/reference/metrics.md'), 'utf8');
const documented = new Set([...OTHERS, ...[...reference.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)]);

it.each(METRIC_NAMES)('%s asks for metrics that there are', (name) => {
  const { query } = metricQuery(name, 'all', 120);
  const words = [...query.matchAll(/\b[a-z]+(?:_[a-z0-9]+)+\b/g)].map(([word]) => word).filter((word) => word !== 'histogram_quantile');
  const asked = words.map((metric) => metric.replace(/_(bucket|count)$/, ''));
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((metric) => !documented.has(metric))).toEqual([]);
});

it.each(METRIC_NAMES.filter((name) => name !== 'queueMessages'))('%s leaves out what other programs of the cluster count', (name) => {
  expect(metricQuery(name, 'all', 120).query.match(/\{/g)).toHaveLength(
    metricQuery(name, 'all', 120).query.match(/\{namespace=~"tenantry-system\|tenantry-tenants"/g)?.length ?? 0,
  );
});

it('counts only the replicas that are asked for', () => {
  expect(metricQuery('requestRate', 'all', 120).query).not.toContain('tenantry_dev_tenant');
  expect(metricQuery('requestRate', 'pooled', 120).query).toContain('tenantry_dev_tenant="",container="api"');
  expect(metricQuery('requestRate', { dedicatedTo: 'acme' }, 120).query).toContain('tenantry_dev_tenant="acme"}[120s]');
});

it('asks only processes of the platform when it last heard of them', () => {
  expect(SOURCES).toEqual({
    answers: 'up{namespace=~"tenantry-system|tenantry-tenants"}',
    heardAt: 'timestamp(up{namespace=~"tenantry-system|tenantry-tenants"})',
  });
});
