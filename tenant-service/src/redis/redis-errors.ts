/** Redis is away, starting, full or slow. Nobody waits for it: the caller does without. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}
