import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { expect, it } from 'vitest';
import { createLog } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { DocumentProjection } from './document-projection.ts';
import { DocumentWork } from './document-work.ts';
import { MongoDocuments } from './mongo-documents.ts';

const tenant = (tenantId: string) => ({ tenantId, state: 'Active' }) as Tenant;
const log = createLog('silent', 'test');

it('has a tenant in one pair of hands, and comes back to one that was told of meanwhile', async () => {
  const steps: { readonly tenantId: string; readonly end: PromiseWithResolvers<boolean> }[] = [];
  const projection = {
    step: ({ tenantId }: Tenant) => {
      const end = Promise.withResolvers<boolean>();
      steps.push({ tenantId, end });
      return end.promise;
    },
  } as DocumentProjection;
  const begun = () => steps.map(({ tenantId }) => tenantId);
  // Nobody listens there, and nothing here asks it.
  const store = new MongoDocuments({ url: 'mongodb://127.0.0.1:1/', database: 'none', auth: undefined, ca: undefined }, 'test', log);
  const work = new DocumentWork({ projection, store, tenants: () => [], lookMs: 3_600_000, metrics: createMetrics(), log });
  for (const tenantId of ['large', 'large', 'small', 'large', 'small']) work.grown(tenant(tenantId));
  await eventually(() => expect(begun()).toEqual(['large', 'small']));
  steps[1]?.end.resolve(false);
  await eventually(() => expect(begun()).toEqual(['large', 'small', 'small']));
  steps[0]?.end.resolve(true);
  await eventually(() => expect(begun()).toEqual(['large', 'small', 'small', 'large']));
  steps[3]?.end.resolve(false);
  await eventually(() => expect(begun()).toEqual(['large', 'small', 'small', 'large', 'large']));
  for (const { end } of steps) end.resolve(false);
  await work.stop();
  expect(steps).toHaveLength(5);
});
