import { Registry } from 'prom-client';
import { ControlMetrics } from '../../operator/src/control/metrics.ts';
import { OperatorMetrics } from '../../operator/src/telemetry/operator-metrics.ts';
import { CustomerCache } from '../../tenant-service/src/cache/customer-cache.ts';
import { observeLimits } from '../../tenant-service/src/limits/observe-limits.ts';
import { TenantLimits } from '../../tenant-service/src/limits/tenant-limits.ts';
import { createMetrics } from '../../tenant-service/src/telemetry/metrics.ts';
import { pageHead, table } from './markdown.ts';

/** As much of a prom-client metric as the page shows; the class names the type. */
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** Every metric of both products, read from the registries they fill. */
export function metricsPage(): string {
  const operator = new Registry();
  new ControlMetrics(operator);
  const own = new OperatorMetrics(operator);
  own.countTenants(() => []);
  own.countCredentials(() => []);
  own.countPartitions({ used: async () => 0, budget: 0 });
  const service = createMetrics().registry;
  observeLimits(service, { limits: new TenantLimits(), cache: new CustomerCache({ redis: undefined }) });
  return `${pageHead('Metrics', 'the metrics of operator/ and tenant-service/')}
Every process answers \`GET /metrics\` on port 9464, beside \`/livez\` and \`/readyz\`, with these and the usual ones of a Node.js process
(\`process_…\`, \`nodejs_…\`). No label ever holds an id, a path with one, or a tenant.

## Operator

${metricTable(operator)}

## Service: api and relay

${metricTable(service)}
`;
}

function metricTable(registry: Registry): string {
  const metrics = (registry.getMetricsAsArray() as unknown as Metric[]).filter(({ name }) => !/^(process|nodejs)_/.test(name));
  const rows = metrics
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map((metric) => [
      `\`${metric.name}\``,
      metric.constructor.name.toLowerCase(),
      (metric.labelNames ?? []).map((label) => `\`${label}\``).join(', '),
      metric.help,
    ]);
  return table(['metric', 'type', 'labels', 'meaning'], rows);
}
