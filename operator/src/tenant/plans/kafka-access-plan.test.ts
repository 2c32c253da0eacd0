import { tenantNames } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { kafkaAccessPlan, wantedAccess } from './kafka-access-plan.ts';

const names = tenantNames('acme', 'main');
const entries = wantedAccess(names, ['events', 'orders']);
const wanted = { user: names.kafkaUser, entries, mark: 5000 };

it('lets a tenant read everything of its own and write its topics, but never its events', () => {
  expect(entries.map(({ operation, resource, pattern, name }) => `${operation} ${resource} ${pattern} ${name}`)).toEqual([
    'READ topic prefixed acme.',
    'DESCRIBE topic prefixed acme.',
    'READ group prefixed acme.',
    'DESCRIBE group prefixed acme.',
    'WRITE topic literal acme.orders',
  ]);
});

it('changes nothing when everything is as wanted', () => {
  expect(kafkaAccessPlan(wanted, { entries: [...entries].reverse(), mark: 5000 })).toEqual({ changes: [] });
});

it('takes away first, then gives, then sets the login', () => {
  const extra = { ...entries[0], name: 'globex.' } as (typeof entries)[number];
  const plan = kafkaAccessPlan(wanted, { entries: [...entries.slice(1), extra], mark: undefined });
  expect(plan).toEqual({
    changes: [
      { kind: 'revoke', entries: [extra] },
      { kind: 'allow', entries: [entries[0]] },
      { kind: 'login', user: 'tenant.acme' },
    ],
  });
});

it('sees a login whose password was changed', () => {
  expect(kafkaAccessPlan(wanted, { entries, mark: 4096 })).toEqual({ changes: [{ kind: 'login', user: 'tenant.acme' }] });
});
