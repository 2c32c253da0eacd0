import { beforeAll, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { runningStack } from '../../testing/running-stack.ts';
import { PLATFORM_DEPLOYMENTS } from '../deploy/deploy-platform.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import { stackContext } from '../local-stack.ts';
import { PROMETHEUS, PROMETHEUS_PROXY } from '../prometheus/prometheus-objects.ts';

const { paths } = stackContext();
const STAFF = ['--as=somebody', '--as-group=tenantry:platform-admin'];

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

beforeAll(async () => {
  await runningStack('kube-apiserver', 'kubelet', 'rabbitmq');
});

it('hears of every Deployment of the platform and of RabbitMQ, through the API server, as a member of staff', async () => {
  const names = PLATFORM_DEPLOYMENTS.map((name) => name.replace('tenantry-', ''));
  await eventually(
    async () => {
      const up = (await query('up')).filter(({ value }) => value[1] === '1');
      expect([...new Set(up.map(({ metric }) => metric.container ?? metric.job))]).toEqual(expect.arrayContaining([...names, 'rabbitmq']));
    },
    { limitMs: 120_000, everyMs: 2_000 },
  );
}, 150_000);

it.each([
  ['yes', 'get', PROMETHEUS.service, PROMETHEUS.namespace],
  ['no', 'create', PROMETHEUS.service, PROMETHEUS.namespace],
  ['no', 'get', 'another', PROMETHEUS.namespace],
  ['no', 'get', 'tenantry-api', 'tenantry-system'],
])('says %s when staff want to %s through the Service %s in %s', async (answer, verb, service, namespace) => {
  const asked = ['auth', 'can-i', verb, `services/${service}`, '--subresource=proxy', `--namespace=${namespace}`, ...STAFF];
  const said = await kubectl(paths, asked).catch((error: Error) => error.message);
  expect(said.trim().split('\n').at(-1)?.trim()).toBe(answer);
});

async function query(promql: string): Promise<readonly Sample[]> {
  const path = `${PROMETHEUS_PROXY}/api/v1/query?query=${encodeURIComponent(promql)}`;
  return (JSON.parse(await kubectl(paths, ['get', '--raw', path, ...STAFF])) as { data: { result: Sample[] } }).data.result;
}
