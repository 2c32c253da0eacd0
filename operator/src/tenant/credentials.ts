import { createHash, createHmac } from 'node:crypto';

/** What a derived password opens. */
export type CredentialPurpose = 'postgres' | 'kafka' | 'client' | 'cursor' | 'redis' | 'rabbitmq';

/** A password and the short mark by which a store can show which one it holds. */
export interface Credential {
  readonly password: string;
  /** First 12 hex digits of the password's SHA-256: safe to store beside a login, useless to guess from. */
  readonly fingerprint: string;
}

/**
 * Passwords of one tenant, derived instead of stored: nothing random can be lost between making a login and writing its Secret,
 * so a crash at any line converges. 256 bits of HMAC-SHA-256; a new generation is a new password.
 */
export class TenantCredentials {
  readonly #key: Buffer;
  readonly #tenantId: string;
  /** What the Secret holds. */
  readonly generation: number;
  /** All that work now: the current one, then, while a rotation overlaps, the one before. */
  readonly generations: readonly number[];

  constructor(key: Buffer, tenantId: string, generation: number, previous?: number) {
    this.#key = key;
    this.#tenantId = tenantId;
    this.generation = generation;
    this.generations = previous === undefined ? [generation] : [generation, previous];
  }

  for(purpose: CredentialPurpose, generation: number = this.generation): Credential {
    const password = createHmac('sha256', this.#key).update(`${this.#tenantId}|${purpose}|${generation}`).digest('base64url');
    return { password, fingerprint: createHash('sha256').update(password).digest('hex').slice(0, 12) };
  }
}
