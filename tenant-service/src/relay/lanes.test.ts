import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Lanes } from './lanes.ts';
import type { OutboxEvent } from './outbox.ts';

const tenant = (slug: string) => ({ writer: slug, tenantId: randomUUID(), slug, topic: slug });
const eventAt = (at: number): OutboxEvent => ({
  aggregateId: String(at).padStart(8, '0'),
  version: 1,
  occurredAt: new Date(),
  record: { key: String(at), value: '{}', headers: {} },
});

it('claims every event once while earlier ones are under way, gives every tenant a turn, and begins anew only when nothing is', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 20 }),
      (sizes, each, most) => {
        const lanes = new Lanes();
        const tenants = sizes.map((_, at) => tenant(`t${at}`));
        const events = sizes.map((size) => Array.from({ length: size }, (_, at) => eventAt(at)));
        lanes.begin(tenants, 0);
        const claimed = new Map<string, string[]>();
        for (let turn = 0; turn < 300 && lanes.open.length > 0; turn += 1) {
          const open = lanes.open;
          let left = most;
          const found = open.map(({ tenant: { slug }, position }) => {
            const own = (events[Number(slug.slice(1))] ?? []).filter(
              ({ aggregateId }) => aggregateId > position.aggregateId || position.version === 0,
            );
            const some = own.slice(0, Math.min(each, left));
            left -= some.length;
            return some;
          });
          for (const [lane, { aggregateId }] of lanes.advance(open, found, { each, most }, 0).events)
            claimed.set(lane.tenant.slug, [...(claimed.get(lane.tenant.slug) ?? []), aggregateId]);
          expect(lanes.writers.toSorted()).toEqual(tenants.map(({ writer }) => writer).toSorted());
        }
        expect(lanes.open).toEqual([]);
        for (const [at, own] of events.entries()) expect(claimed.get(`t${at}`) ?? []).toEqual(own.map(({ aggregateId }) => aggregateId));
      },
    ),
    { numRuns: 100 },
  );
});

it('lets a lane that read on for long begin anew, and one whose topic failed at once', () => {
  const lanes = new Lanes();
  lanes.begin([tenant('slow'), tenant('failed')], 0);
  const open = lanes.open;
  const [slow, failed] = open as [(typeof open)[number], (typeof open)[number]];
  const page = lanes.advance(open, [[eventAt(1)], [eventAt(1)]], { each: 1, most: 10 }, 2000);
  expect(page.ended).toEqual([slow, failed]);
  lanes.fail(failed);
  expect(lanes.writers).toEqual(['slow']);
  lanes.begin([failed.tenant], 2001);
  lanes.release(page.ended);
  expect(lanes.writers).toEqual(['failed']);
  expect(lanes.open[0]).toMatchObject({ failed: false, position: { version: 0 } });
});
