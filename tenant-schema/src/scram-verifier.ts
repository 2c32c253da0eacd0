import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** PostgreSQL's default scram_iterations. */
const ITERATIONS = 4096;

/**
 * What PostgreSQL stores for a password (RFC 5803), for `create role … password '<verifier>'`: the password itself never reaches
 * the server's log, statistics or a statement in pg_stat_activity.
 * @throws Error for characters outside printable ASCII, which SASLprep (RFC 4013) might change; ours are base64url.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  if (!/^[\x21-\x7e]+$/.test(password)) throw new Error('password: must be one or more printable ASCII characters without spaces');
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
