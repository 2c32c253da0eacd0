import { KubeError, type KubeErrorReason } from '@tenantry/operator/control/kube-error.ts';
import { describe, expect, it } from 'vitest';
import type { MetricsQuestion } from '../../platform/platform-metrics.ts';
import { readMetrics } from './metrics-reading.ts';

const PLACE = { namespace: 'monitoring', service: 'https:metrics:web' };
const QUESTION: MetricsQuestion = { metrics: ['requestRate', 'stageLag'], range: 'hour', replicas: 'all' };
const END = 1_700_003_600.5;

const vector = (...values: readonly [metric: object, value: string][]) => ({
  status: 'success',
  data: { resultType: 'vector', result: values.map(([metric, value]) => ({ metric, value: [END, value] })) },
});
const matrix = (...series: readonly [metric: object, ...values: readonly [number, string][]][]) => ({
  status: 'success',
  data: { resultType: 'matrix', result: series.map(([metric, ...values]) => ({ metric, values })) },
});

/** Prometheus with what each query, named by its beginning, is answered. */
function prometheus(answers: Readonly<Record<string, object>>) {
  const asked: URL[] = [];
  const getRaw = async (path: string): Promise<unknown> => {
    const url = new URL(path, 'https://kubernetes.test');
    asked.push(url);
    const query = url.searchParams.get('query') ?? '';
    return Object.entries(answers).find(([beginning]) => query.startsWith(beginning))?.[1] ?? vector();
  };
  return { api: { getRaw }, asked };
}

const answering = {
  up: vector([{ pod: 'api-1' }, '1'], [{ pod: 'relay-1' }, '0']),
  'timestamp(up': vector([{ pod: 'api-1' }, '1700003590'], [{ pod: 'relay-1' }, '1700003400']),
  'sum(rate': matrix([{}, [END - 60, '2.5'], [END, '3']]),
  'max by (stage)': matrix([{ stage: 'projector' }, [END - 60, '0.1'], [END, 'NaN']], [{ stage: 'outbox' }, [END, '0.02']]),
};

describe('a reading', () => {
  it('has each metric over the time that was asked for, by the clock of Prometheus, with what it is called there', async () => {
    const { api, asked } = prometheus(answering);
    const reading = await readMetrics(api, PLACE, QUESTION);
    expect(reading).toMatchObject({
      state: 'read',
      span: { from: END - 3600, to: END, step: 60 },
      metrics: [
        {
          name: 'requestRate',
          series: [
            {
              label: undefined,
              now: 3,
              points: [
                [END - 60, 2.5],
                [END, 3],
              ],
            },
          ],
        },
        {
          name: 'stageLag',
          query: expect.stringContaining('tenantry_lag_seconds'),
          series: [
            { label: 'outbox', now: 0.02 },
            // What is no number is not measured: neither a point nor a value of now.
            { label: 'projector', now: undefined, points: [[END - 60, 0.1]] },
          ],
        },
      ],
    });
    const ranges = asked.filter(({ pathname }) => pathname.endsWith('/query_range')).map(({ searchParams }) => searchParams);
    expect(ranges.map((each) => [each.get('start'), each.get('end'), each.get('step')])).toEqual([
      [`${END - 3600}`, `${END}`, '60'],
      [`${END - 3600}`, `${END}`, '60'],
    ]);
  });

  it('goes through the API server’s proxy of that one Service, and nowhere else', async () => {
    const { api, asked } = prometheus(answering);
    await readMetrics(api, PLACE, QUESTION);
    const paths = new Set(asked.map(({ pathname }) => pathname));
    expect([...paths]).toEqual([
      '/api/v1/namespaces/monitoring/services/https:metrics:web/proxy/api/v1/query',
      '/api/v1/namespaces/monitoring/services/https:metrics:web/proxy/api/v1/query_range',
    ]);
  });

  it('says from when it is, and which processes did not answer', async () => {
    expect(await readMetrics(prometheus(answering).api, PLACE, QUESTION)).toMatchObject({
      asOf: '2023-11-14T23:13:10.000Z',
      sources: { count: 2, silent: ['relay-1'] },
    });
  });

  it('is empty, and asks no further, where no process of ours is asked', async () => {
    const { api, asked } = prometheus({});
    expect(await readMetrics(api, PLACE, QUESTION)).toEqual({
      state: 'read',
      asOf: undefined,
      sources: { count: 0, silent: [] },
      metrics: [],
      span: { from: 0, to: 0, step: 1 },
    });
    expect(asked).toHaveLength(2);
  });
});

it.each<[KubeErrorReason, object]>([
  ['NotFound', { state: 'absent', place: PLACE }],
  ['Forbidden', { state: 'closed', place: PLACE }],
  ['Unavailable', { state: 'away', place: PLACE, why: 'no endpoints available' }],
])('%s is a state of its own, not a failure', async (reason, expected) => {
  const getRaw = async () => {
    throw new KubeError(reason, 'GET /api/v1: no endpoints available');
  };
  expect(await readMetrics({ getRaw }, PLACE, QUESTION)).toEqual(expected);
});

it('takes no other server’s page for numbers', async () => {
  await expect(readMetrics({ getRaw: async () => '<html>' }, PLACE, QUESTION)).rejects.toMatchObject({ reason: 'BadRequest' });
});
