import { TENANT_REDIS_RULES } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { commandsOf } from './redis-rules.ts';

const categories = new Map([
  ['list', ['lpush', 'lpop', 'sort']],
  ['dangerous', ['sort', 'keys']],
]);

it.each([
  ['what a category is in this server', ['-@all', '+@list'], ['lpop', 'lpush', 'sort']],
  ['less what a later rule takes', ['-@all', '+@list', '-@dangerous', '-lpop'], ['lpush']],
  ['nothing that comes before everything is taken', ['+get', '-@all', '+set'], ['set']],
  ['one word for everything, so that no list can equal it', ['+@all'], ['@all']],
  ['a category it does not know, by its name', ['+@new'], ['@new']],
])('reads rules as %s', (_what, rules, expected) => {
  expect([...commandsOf(rules, categories)].sort()).toEqual(expected);
});

it('gives a tenant nothing that works without naming a key or channel of its own', () => {
  const words = TENANT_REDIS_RULES.map((rule) => rule.slice(1));
  for (const command of [
    'keys',
    'scan',
    'randomkey',
    'dbsize',
    'flushall',
    'flushdb',
    'sort',
    'pubsub',
    'client',
    'script',
    'select',
    'acl',
    'config',
  ])
    expect(words).not.toContain(command);
  for (const category of ['@keyspace', '@read', '@write', '@connection', '@pubsub', '@scripting', '@admin'])
    expect(words).not.toContain(category);
  expect(TENANT_REDIS_RULES.at(-1)).toBe('-@dangerous');
});
