import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** RabbitMQ's `rabbit_password_hashing_sha256`: base64 of four bytes of salt and the SHA-256 of salt and password (manual, "Passwords"). */
export function passwordHash(password: string, salt: Buffer = randomBytes(4)): string {
  const digest = createHash('sha256').update(salt).update(password).digest();
  return Buffer.concat([salt, digest]).toString('base64');
}

/** Whether a hash that RabbitMQ shows is of this password: so a password changed by hand is noticed. */
export function isHashOf(hash: string, password: string): boolean {
  const bytes = Buffer.from(hash, 'base64');
  const wanted = Buffer.from(passwordHash(password, bytes.subarray(0, 4)), 'base64');
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}
