import type { EffectiveQuotas } from '@tenantry/contracts';
import pino from 'pino';
import { expect, it } from 'vitest';
import { aClass, aTenant } from '../../testing/tenant-fixtures.ts';
import { QuotaPush } from './quota-push.ts';

function pushed(more: { isLeading?: boolean; tenants?: ReturnType<typeof aTenant>[]; fails?: boolean } = {}) {
  const given: { className: string; customers: number | undefined; slugs: readonly string[] }[] = [];
  let tenantClass = aClass({ quotas: { customers: 10 } });
  const push = new QuotaPush({
    registry: {
      giveQuotas: async (className: string, quotas: EffectiveQuotas, slugs: readonly string[]) => {
        given.push({ className, customers: quotas.customers, slugs });
        if (more.fails) throw new Error('away');
        return slugs.length;
      },
    },
    classes: { get: () => tenantClass },
    tenants: { list: () => more.tenants ?? [aTenant()] },
    isLeading: () => more.isLeading ?? true,
    log: pino({ level: 'silent' }),
  });
  const change = (spec: object) => {
    tenantClass = aClass(spec);
    return push.classChanged('standard');
  };
  return { given, push, change };
}

it('takes changed quotas to all tenants of the class in one call', async () => {
  const { given, push, change } = pushed();
  await push.classChanged('standard');
  await change({ quotas: { customers: 20 } });
  expect(given).toEqual([{ className: 'standard', customers: 20, slugs: ['acme'] }]);
});

it('writes nothing at first sight, for a class that changed otherwise, and while another operator leads', async () => {
  const leading = pushed();
  await leading.push.classChanged('standard');
  await leading.change({ quotas: { customers: 10 }, description: 'new words' });
  expect(leading.given).toEqual([]);
  const following = pushed({ isLeading: false });
  await following.push.classChanged('standard');
  await following.change({ quotas: { customers: 20 } });
  expect(following.given).toEqual([]);
});

it('leaves out tenants that are paused, being deleted or of another class', async () => {
  const metadata = { name: 'going', deletionTimestamp: '2026-01-01T00:00:00Z' };
  const tenants = [aTenant({ paused: true }), aTenant({}, { metadata }), aTenant({ classRef: { name: 'other' } })];
  const { given, push, change } = pushed({ tenants });
  await push.classChanged('standard');
  await change({ quotas: { customers: 20 } });
  expect(given).toEqual([]);
});

it('survives a registry that is away: the passes bring the quotas there', async () => {
  const { push, change } = pushed({ fails: true });
  await push.classChanged('standard');
  await expect(change({ quotas: { customers: 20 } })).resolves.toBeUndefined();
});
