/**
 * What a tenant's user may do in Redis, as ACL rules. Everything here names its keys or channels, which the user's patterns then hold to the
 * tenant's prefix. Left out on purpose: whatever shows or touches other tenants' keys without naming them (SCAN, KEYS, RANDOMKEY, DBSIZE, FLUSHALL,
 * PUBSUB CHANNELS, SORT … BY), other connections (CLIENT LIST and KILL), databases, scripts of others (SCRIPT FLUSH, FUNCTION) and settings.
 */
export const TENANT_REDIS_RULES: readonly string[] = [
  '-@all',
  ...['string', 'hash', 'list', 'set', 'sortedset', 'hyperloglog', 'bitmap', 'geo', 'stream'].map((category) => `+@${category}`),
  ...['del', 'unlink', 'exists', 'type', 'touch', 'expire', 'pexpire', 'expireat', 'pexpireat', 'persist', 'ttl', 'pttl'].map(plus),
  ...['ping', 'echo', 'time', 'hello', 'auth', 'quit', 'reset', 'client|setname', 'client|getname', 'client|id'].map(plus),
  ...['multi', 'exec', 'discard', 'watch', 'unwatch'].map(plus),
  ...['publish', 'subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe'].map(plus),
  ...['eval', 'evalsha', 'eval_ro', 'evalsha_ro', 'script|load', 'script|exists'].map(plus),
  '-@dangerous',
];

function plus(command: string): string {
  return `+${command}`;
}
