import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

/** What Standard Webhooks writes in front of a secret, so that people and scanners know one when they see it. */
const PREFIX = 'whsec_';
/** As long as the hash it keys. */
const SECRET_BYTES = 32;

/** A new secret, as it is shown to whoever will check signatures. */
export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** What signs, ready made: a key that is made anew for each signature costs as much as the signature. */
export function webhookKey(secret: string): KeyObject {
  return createSecretKey(secret.slice(PREFIX.length), 'base64');
}

/**
 * The header `webhook-signature` of Standard Webhooks 1.0.0 (symmetric, `v1`): one signature a key, so that a receiver may check with the old
 * one or the new one while a rotation overlaps.
 */
export function webhookSignature(keys: readonly KeyObject[], id: string, timestampSeconds: number, body: string): string {
  const signed = `${id}.${timestampSeconds}.${body}`;
  return keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`).join(' ');
}
