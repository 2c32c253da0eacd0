import type { KubeApi } from '@tenantry/operator/control/kube-api.ts';
import { isKubeError, KubeError } from '@tenantry/operator/control/kube-error.ts';
import { z } from 'zod';
import type {
  MetricRange,
  MetricReading,
  MetricSeries,
  MetricSpan,
  MetricsQuestion,
  MetricsReading,
} from '../../platform/platform-metrics.ts';
import type { ServicePlace } from '../../platform/service-place.ts';
import { metricQuery, SOURCES } from './metric-queries.ts';
import { serverWords } from './server-words.ts';

type Api = Pick<KubeApi, 'getRaw'>;

/** How far back, and how far apart the points are: about as many as a small chart has pixels to show. */
const RANGES: Readonly<Record<MetricRange, { readonly seconds: number; readonly step: number }>> = {
  hour: { seconds: 3_600, step: 60 },
  sixHours: { seconds: 21_600, step: 300 },
  day: { seconds: 86_400, step: 900 },
};

/** Four scrapes of the usual quarter or half minute. */
const LEAST_WINDOW_SECONDS = 120;

/** Prometheus gives up first: then its own words come back. */
const [QUERY_LIMIT, CALL_LIMIT_MS] = ['8s', 10_000] as const;

/**
 * Numbers of the platform from Prometheus, through the API server's proxy of its Service, with the person's own rights (design D12).
 * @throws KubeError when the way there is cut, or Prometheus refuses.
 */
export async function readMetrics(api: Api, place: ServicePlace, question: MetricsQuestion): Promise<MetricsReading> {
  try {
    const [answers, heardAt] = await Promise.all([ask(api, place, SOURCES.answers), ask(api, place, SOURCES.heardAt)]);
    const heard = heardAt.map(({ value }) => value);
    const read = {
      state: 'read',
      asOf: heard.length === 0 ? undefined : new Date(Math.max(...heard) * 1000).toISOString(),
      sources: {
        count: answers.length,
        silent: answers
          .filter(({ value }) => value === 0)
          .map(sourceName)
          .sort(),
      },
    } as const;
    // By its clock, not by ours: a clock that is wrong would ask for a time nobody has measured.
    const end = heardAt[0]?.at;
    if (end === undefined) return { ...read, metrics: [], span: { from: 0, to: 0, step: 1 } };
    const { seconds, step } = RANGES[question.range];
    const span = { from: end - seconds, to: end, step };
    const metrics = await Promise.all(question.metrics.map((name) => readMetric(api, place, name, question.replicas, span)));
    return { ...read, metrics, span };
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return { state: 'absent', place };
    if (isKubeError(error, 'Forbidden')) return { state: 'closed', place };
    if (isKubeError(error, 'Unavailable')) return { state: 'away', place, why: serverWords(error) };
    throw error;
  }
}

async function readMetric(
  api: Api,
  place: ServicePlace,
  name: MetricReading['name'],
  replicas: MetricsQuestion['replicas'],
  { from, to, step }: MetricSpan,
): Promise<MetricReading> {
  const { query, by } = metricQuery(name, replicas, Math.max(LEAST_WINDOW_SECONDS, step));
  const matrix = Matrix.parse(await call(api, place, 'query_range', { query, start: `${from}`, end: `${to}`, step: `${step}` }));
  const series = matrix.data.result.map(({ metric, values }): MetricSeries => {
    const points = values.map(([at, value]) => [at, Number(value)] as const).filter(([, value]) => Number.isFinite(value));
    const last = points.at(-1);
    return { label: by === undefined ? undefined : (metric[by] ?? ''), now: last?.[0] === to ? last[1] : undefined, points };
  });
  return { name, query, series: series.filter(({ points }) => points.length > 0).sort(byLabel) };
}

const Labels = z.record(z.string(), z.string());
const Sample = z.tuple([z.number(), z.string()]);
const Matrix = z.object({
  data: z.object({ resultType: z.literal('matrix'), result: z.array(z.object({ metric: Labels, values: z.array(Sample) })) }),
});
const Vector = z.object({
  data: z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: Labels, value: Sample })) }),
});

interface Instant {
  readonly metric: z.infer<typeof Labels>;
  readonly at: number;
  readonly value: number;
}

async function ask(api: Api, place: ServicePlace, query: string): Promise<readonly Instant[]> {
  const vector = Vector.parse(await call(api, place, 'query', { query }));
  return vector.data.result.map(({ metric, value: [at, value] }) => ({ metric, at, value: Number(value) }));
}

async function call(
  api: Api,
  { namespace, service }: ServicePlace,
  what: 'query' | 'query_range',
  parameters: Readonly<Record<string, string>>,
): Promise<unknown> {
  const path = `/api/v1/namespaces/${namespace}/services/${service}/proxy/api/v1/${what}`;
  const answer = await api.getRaw(`${path}?${new URLSearchParams({ ...parameters, timeout: QUERY_LIMIT })}`, { timeoutMs: CALL_LIMIT_MS });
  // Some other server may be behind the Service: a page, for one, is no answer.
  if (typeof answer !== 'object' || answer === null || !('data' in answer))
    throw new KubeError('BadRequest', `what answers at ${namespace}/${service} is no Prometheus`);
  return answer;
}

function sourceName({ metric }: Instant): string {
  return metric.pod ?? metric.instance ?? '';
}

function byLabel({ label: one = '' }: MetricSeries, { label: other = '' }: MetricSeries): number {
  return one < other ? -1 : 1;
}
