import { describe, expect, it } from 'vitest';
import { passwordHash } from '../../rabbitmq/password-hash.ts';
import type { FoundQueue, FoundVhost } from '../../rabbitmq/port.ts';
import { queuesDifferences } from './queues-differences.ts';
import { describeQueueChange, type FoundQueues, keptQueues, queuesPlan, type WantedVhost } from './queues-plan.ts';

const credential = { password: 'p'.repeat(43), fingerprint: '0123456789ab' };
const tasks = { name: 'tasks', type: 'quorum', maxLength: 1000, deliveryLimit: 5 } as const;
const wanted: WantedVhost = {
  vhost: 't.1',
  description: 'tenant acme',
  logins: [{ user: 't.1', credential }],
  users: ['t.1', 't.1.2'],
  queues: [tasks],
  isSuspended: false,
};
const queue = (name: string, more: Partial<FoundQueue> = {}): FoundQueue => ({
  name,
  type: 'quorum',
  durable: true,
  isBusy: false,
  ...more,
});
const rights = { user: 't.1', configure: '^$', write: '^amq\\.default$', read: '.*' };
const vhost: FoundVhost = {
  queues: [queue('tasks', { isBusy: true }), queue('tasks.dead')],
  policies: [
    {
      name: 'tasks',
      pattern: '^tasks$',
      definition: {
        'dead-letter-exchange': '',
        'dead-letter-routing-key': 'tasks.dead',
        'dead-letter-strategy': 'at-least-once',
        'delivery-limit': 5,
        'max-length': 1000,
        overflow: 'reject-publish',
      },
    },
    { name: 'tasks.dead', pattern: '^tasks\\.dead$', definition: { 'max-length': 1000, overflow: 'reject-publish' } },
  ],
  rights: [rights],
  limits: { 'max-connections': 100 },
};
const found: FoundQueues = {
  vhost,
  logins: [{ user: 't.1', passwordHash: passwordHash(credential.password), tags: [] }],
  connections: [],
};
const nothing: FoundQueues = { vhost: undefined, logins: [], connections: [] };

function changes(want: WantedVhost, is: FoundQueues): string[] {
  const plan = queuesPlan(want, is);
  return 'refused' in plan ? [plan.refused.message] : plan.changes.map(describeQueueChange);
}

it('wants nothing changed when everything is as the spec says', () => {
  expect(changes(wanted, found)).toEqual([]);
  expect(changes({ ...wanted, queues: [] }, nothing)).toEqual([]);
});

it('makes the vhost first, a queue’s settings before the queue, and the dead letters beside it', () => {
  expect(changes(wanted, nothing)).toEqual([
    'RabbitMQ vhost',
    'RabbitMQ limit max-connections',
    'settings of queue tasks',
    'settings of queue tasks.dead',
    'queue tasks',
    'queue tasks.dead',
    'RabbitMQ login t.1',
    'RabbitMQ rights of t.1',
  ]);
});

it('gives a classic queue neither a delivery limit nor dead letters at least once, which it does not know', () => {
  const plan = queuesPlan({ ...wanted, queues: [{ ...tasks, type: 'classic', maxLength: undefined }] }, nothing);
  const policy = 'changes' in plan ? plan.changes.find((change) => change.kind === 'policy') : undefined;
  expect(policy).toMatchObject({
    policy: { definition: { 'dead-letter-exchange': '', 'dead-letter-routing-key': 'tasks.dead', overflow: 'reject-publish' } },
  });
  expect(JSON.stringify(policy)).not.toMatch(/delivery-limit|at-least-once|max-length/);
});

describe('puts right', () => {
  it.each<readonly [string, Partial<FoundVhost>, string[]]>([
    ['a queue that is gone', { queues: [queue('tasks')] }, ['queue tasks.dead']],
    [
      'a setting that was changed',
      { policies: [{ ...vhost.policies[0], definition: {} } as never, ...vhost.policies.slice(1)] },
      ['settings of queue tasks'],
    ],
    [
      'a policy too much',
      { policies: [...vhost.policies, { name: 'all', pattern: '.*', definition: { 'max-length': 1 } }] },
      ['policy all (too much)'],
    ],
    ['a limit that was taken away', { limits: {} }, ['RabbitMQ limit max-connections']],
    ['rights that were widened', { rights: [{ ...rights, configure: '.*' }] }, ['RabbitMQ rights of t.1']],
    ['somebody else’s rights', { rights: [rights, { ...rights, user: 't.2' }] }, ['RabbitMQ rights of t.2 (too much)']],
  ])('%s', (_what, change, expected) => {
    expect(changes(wanted, { ...found, vhost: { ...vhost, ...change } })).toEqual(expected);
  });

  it.each([
    ['another password', { passwordHash: passwordHash('another'), tags: [] }],
    ['a tag that opens the management API', { passwordHash: passwordHash(credential.password), tags: ['administrator'] }],
  ])('a login with %s', (_what, login) => {
    expect(changes(wanted, { ...found, logins: [{ user: 't.1', ...login }] })).toEqual(['RabbitMQ login t.1']);
  });

  it('the login of a generation that is no longer valid, with its rights', () => {
    const next = { ...wanted, logins: [{ user: 't.1.2', credential }] };
    expect(changes(next, found)).toEqual([
      'RabbitMQ login t.1.2',
      'RabbitMQ rights of t.1.2',
      'RabbitMQ rights of t.1 (too much)',
      'RabbitMQ login t.1 (no longer valid)',
    ]);
  });
});

describe('a queue the spec no longer names', () => {
  const without = { ...wanted, queues: [] };

  it('is deleted when it is empty, and then the vhost and its users', () => {
    const empty = { ...vhost, queues: [queue('tasks'), queue('tasks.dead')] };
    expect(changes(without, { ...found, vhost: empty })).toEqual(['queue tasks (empty, no longer in the spec)']);
    expect(changes(without, { ...found, vhost: { ...vhost, queues: [queue('tasks.dead')] } })).toEqual([
      'queue tasks.dead (empty, no longer in the spec)',
    ]);
    expect(changes(without, { ...found, vhost: { ...vhost, queues: [] } })).toEqual([
      'RabbitMQ login t.1 (no longer valid)',
      'RabbitMQ vhost (no longer needed)',
    ]);
  });

  it('stays with its settings, its dead letters and the login while it holds messages', () => {
    expect(keptQueues(without, vhost)).toEqual(['tasks', 'tasks.dead']);
    expect(changes(without, found)).toEqual([]);
  });

  it('goes although its dead letters stay', () => {
    const dead = { ...vhost, queues: [queue('tasks'), queue('tasks.dead', { isBusy: true })] };
    expect(keptQueues(without, dead)).toEqual(['tasks.dead']);
    expect(changes(without, { ...found, vhost: dead })).toEqual(['queue tasks (empty, no longer in the spec)']);
  });
});

it('lets nobody connect while the tenant is suspended, and keeps everything', () => {
  const suspended = { ...wanted, isSuspended: true };
  expect(changes(suspended, { ...found, connections: ['10.0.0.1:1 -> 10.0.0.2:5672'] })).toEqual([
    'RabbitMQ limit max-connections',
    'RabbitMQ connection 10.0.0.1:1 -> 10.0.0.2:5672 (suspended)',
  ]);
});

it('refuses to touch anything when a queue of the name is of another kind', () => {
  const [message] = changes(wanted, { ...found, vhost: { ...vhost, queues: [queue('tasks', { type: 'classic' })] } });
  expect(message).toMatch(/^Queue tasks exists as a classic queue and is wanted as quorum/);
});

it('tells what differs by name, and of a password only that it does', () => {
  const plan = queuesPlan(wanted, { ...nothing, vhost: { ...vhost, queues: [queue('tasks')], limits: {} } });
  const items = 'changes' in plan ? plan.changes.flatMap(queuesDifferences('t.1')) : [];
  expect(items.map(({ resource, field, want }) => `${resource} ${field} ${want}`)).toEqual([
    'rabbitmq/t.1 max-connections 100',
    'rabbitmq/t.1/queue/tasks.dead exists yes',
    expect.stringMatching(/^rabbitmq\/user\/t\.1 password /),
  ]);
  expect(JSON.stringify(items)).not.toContain(credential.password);
});
