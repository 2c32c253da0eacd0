import { createHash } from 'node:crypto';

/** As Redis keeps and shows passwords of ACL users: SHA-256 in hex. Ours have 256 bits, so the hash tells nothing. */
export function redisPasswordHash(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}
