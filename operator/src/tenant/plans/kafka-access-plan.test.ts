import { tenantNames } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { kafkaAccessPlan, wantedAccess } from './kafka-access-plan.ts';

const names = tenantNames('acme', 'main');
const entries = wantedAccess(names, ['events', 'orders']);
const wanted = { entries, logins: [{ user: names.kafkaUser, mark: 5000 }] };
const marked = (mark: number) => new Map([[names.kafkaUser, mark]]);

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
  expect(kafkaAccessPlan(wanted, { entries: [...entries].reverse(), marks: marked(5000) })).toEqual({ changes: [] });
});

it('takes away first, then gives, then sets the login', () => {
  const extra = { ...entries[0], name: 'globex.' } as (typeof entries)[number];
  const plan = kafkaAccessPlan(wanted, { entries: [...entries.slice(1), extra], marks: new Map() });
  expect(plan).toEqual({
    changes: [
      { kind: 'revoke', entries: [extra] },
      { kind: 'allow', entries: [entries[0]] },
      { kind: 'login', user: 'tenant.acme' },
    ],
  });
});

it('sees a login whose password was changed', () => {
  expect(kafkaAccessPlan(wanted, { entries, marks: marked(4096) })).toEqual({ changes: [{ kind: 'login', user: 'tenant.acme' }] });
});

it('has both users with the same rights while a rotation overlaps, and takes the first away when it has ended', () => {
  const [first, second] = [names.kafkaUserOf(1), names.kafkaUserOf(2)];
  const both = {
    entries: [...entries, ...wantedAccess(names, ['events', 'orders'], second)],
    logins: [
      { user: second, mark: 6000 },
      { user: first, mark: 5000 },
    ],
  };
  expect(kafkaAccessPlan(both, { entries, marks: marked(5000) })).toEqual({
    changes: [
      { kind: 'allow', entries: both.entries.filter(({ user }) => user === second) },
      { kind: 'login', user: second },
    ],
  });
  const after = { entries: both.entries.filter(({ user }) => user === second), logins: both.logins.slice(0, 1) };
  const marks = new Map(both.logins.map(({ user, mark }) => [user, mark]));
  expect(kafkaAccessPlan(after, { entries: both.entries, marks })).toEqual({
    changes: [
      { kind: 'revoke', entries },
      { kind: 'end-login', user: first },
    ],
  });
});

it.each<readonly [string, Record<string, number>, Record<string, number> | undefined, object[]]>([
  [
    'are set when they are missing',
    { producer_byte_rate: 1 },
    undefined,
    [{ kind: 'quotas', user: 'tenant.acme', set: { producer_byte_rate: 1 }, remove: [] }],
  ],
  ['stay when they are as wanted', { producer_byte_rate: 1 }, { producer_byte_rate: 1 }, []],
  [
    'are put back, and those too much taken away',
    { producer_byte_rate: 1 },
    { producer_byte_rate: 2, consumer_byte_rate: 3 },
    [{ kind: 'quotas', user: 'tenant.acme', set: { producer_byte_rate: 1 }, remove: ['consumer_byte_rate'] }],
  ],
])('quotas %s', (_what, quotas, found, changes) => {
  const seen = new Map(found === undefined ? [] : [[names.kafkaUser, found]]);
  expect(kafkaAccessPlan({ ...wanted, quotas }, { entries, marks: marked(5000), quotas: seen })).toEqual({ changes });
});

it('takes the quotas away from a user that has no login any more', () => {
  const [first, second] = [names.kafkaUserOf(1), names.kafkaUserOf(2)];
  const quotas = { producer_byte_rate: 1 };
  const plan = kafkaAccessPlan(
    { ...wanted, quotas },
    {
      entries,
      marks: marked(5000),
      quotas: new Map([
        [first, quotas],
        [second, quotas],
      ]),
    },
  );
  expect(plan).toEqual({ changes: [{ kind: 'quotas', user: second, set: {}, remove: ['producer_byte_rate'] }] });
});
