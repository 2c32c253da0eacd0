import type { Actor } from './actor.ts';

/** A subject whose tokens of a tenant are refused when issued until then. */
export interface Revocation {
  readonly organizationId: string;
  readonly subject: string;
  readonly issuedUntil: Date;
}

/** Reads every revocation a living token could meet; older ones have nobody left to refuse. A dedicated replica sees its tenant's alone. */
export const REVOCATIONS = `
select t.organization_id as "organizationId", r.subject, r.issued_until as "issuedUntil"
from tenantry.revoked_tokens r join tenantry.tenants t on t.app_role = r.writer
where r.issued_until > now() - interval '65 minutes' and t.organization_id is not null`;

export const REVOCATIONS_CHANNEL = 'tenantry_revoked_tokens';

/**
 * Tokens that were good when they were issued and are no more. A short list held by every replica and asked when a token is verified, not for
 * each request: what a change of the list concerns is taken out of the cache of verified tokens instead.
 */
export class RevokedTokens {
  #until = new Map<string, number>();

  /** Replaces the list. */
  replace(revocations: readonly Revocation[]): void {
    this.#until = new Map(revocations.map((each) => [key(each.organizationId, each.subject), secondOf(each.issuedUntil.getTime())]));
  }

  /** `iat` counts whole seconds, so a token of the very second of the change is refused as well. */
  has({ organizationId, subject, issuedAtMs }: Pick<Actor, 'organizationId' | 'subject' | 'issuedAtMs'>): boolean {
    if (this.#until.size === 0) return false;
    const until = this.#until.get(key(organizationId, subject));
    return until !== undefined && secondOf(issuedAtMs) <= until;
  }
}

const secondOf = (ms: number): number => Math.floor(ms / 1000);
const key = (organizationId: string, subject: string): string => `${organizationId} ${subject}`;
