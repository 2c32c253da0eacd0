import { expect, it } from 'vitest';
import { aClass, aTenant } from '../../testing/tenant-fixtures.ts';
import { effectiveSpec } from './effective-spec.ts';

it('takes from the class what the tenant leaves open', () => {
  const { spec } = effectiveSpec(
    aTenant(),
    aClass({ workload: { mode: 'Dedicated', allowedModes: ['Dedicated'] }, database: { statementTimeout: '250ms' } }),
  );
  expect(spec).toMatchObject({ mode: 'Dedicated', replicas: 1, state: 'Active', statementTimeoutMs: 250 });
});

it('gives every tenant an events topic before its own', () => {
  const { spec } = effectiveSpec(aTenant({ messaging: { topics: [{ name: 'orders', partitions: 2, retention: '1h' }] } }), aClass());
  expect(spec?.topics).toEqual([
    { name: 'events', partitions: 3, retentionMs: 604_800_000, cleanupPolicy: 'delete' },
    { name: 'orders', partitions: 2, retentionMs: 3_600_000, cleanupPolicy: 'delete' },
  ]);
});

it('gives a tenant of a class with shared topics none of its own, no limits in Kafka, and refuses those it asks for', () => {
  const sharing = aClass({ messaging: { topicMode: 'Shared', producerByteRate: 4096 } });
  expect(effectiveSpec(aTenant(), sharing).spec).toMatchObject({ topicMode: 'Shared', topics: [], kafkaQuotas: {} });
  expect(effectiveSpec(aTenant({ messaging: { topics: [{ name: 'orders' }] } }), sharing).broken).toEqual([
    'spec.messaging.topics has 1 topics, but tenants of class standard share one and have none of their own',
  ]);
});

it('runs no replica of a suspended tenant', () => {
  const workload = { mode: 'Dedicated', replicas: 3 };
  const { spec } = effectiveSpec(
    aTenant({ workload, lifecycle: { state: 'Suspended' } }),
    aClass({ workload: { allowedModes: ['Dedicated'] } }),
  );
  expect(spec?.replicas).toBe(0);
});

it('begins with the fewest replicas an autoscaler may leave, and holds its most to the class’s ceiling', () => {
  const autoscaling = { minReplicas: 2, maxReplicas: 4 };
  const asking = aTenant({ workload: { mode: 'Dedicated', autoscaling } });
  const allowing = (maxReplicas: number) => aClass({ workload: { allowedModes: ['Pooled', 'Dedicated'], maxReplicas } });
  expect(effectiveSpec(asking, allowing(4)).spec).toMatchObject({ replicas: 2, autoscaling: { ...autoscaling, targetCpuPercent: 70 } });
  expect(effectiveSpec(asking, allowing(3)).broken).toEqual([
    'spec.workload.autoscaling.maxReplicas is 4, but class standard allows at most 3',
  ]);
  // The class serves it from the shared replicas: nothing is there to scale.
  expect(effectiveSpec(aTenant({ workload: { autoscaling } }), allowing(3)).spec?.autoscaling).toBeUndefined();
});

it('says every ceiling that is broken, at once', () => {
  const spec = {
    workload: { mode: 'Dedicated', replicas: 9 },
    messaging: { topics: [{ name: 'events' }, { name: 'big', partitions: 64 }] },
  };
  const { broken } = effectiveSpec(aTenant(spec), aClass({ workload: { maxReplicas: 3 }, messaging: { maxTopics: 1, maxPartitions: 12 } }));
  expect(broken).toEqual([
    'spec.workload.mode is Dedicated, but class standard allows only Pooled',
    'spec.workload.replicas is 9, but class standard allows at most 3',
    'spec.messaging.topics has 2 topics, but class standard allows at most 1',
    'spec.messaging.topics has events, which is made for every tenant; name yours otherwise',
    'spec.messaging.topics[big].partitions is 64, but class standard allows at most 12',
  ]);
});
