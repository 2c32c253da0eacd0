import { z } from 'zod';

/** What the registry row remembers of a tenant's credentials; all there is to remember. */
export interface CredentialRecord {
  /** What the tenant's Secret holds. */
  readonly credentialGeneration: number;
  /** When that generation began. */
  readonly credentialsRotatedAt: Date;
  /** Works beside it until the overlap has ended and everything of it is gone; absent outside a rotation. */
  readonly previousGeneration: number | undefined;
  /** When the current generation was seen in use everywhere: from then on the overlap counts. */
  readonly credentialsOutAt: Date | undefined;
  /** The last request that was carried out. */
  readonly rotationRequest: string | undefined;
}

/** What the Tenant asks for. */
export interface RotationWish {
  /** The annotation; a value that was not carried out yet is a request. */
  readonly request: string | undefined;
  readonly rotateEveryMs: number | undefined;
  readonly overlapMs: number;
}

/** Where a tenant's credentials stand at one moment. */
export interface Rotation {
  /**
   * settled → begin → rolling-out → overlap → ending → settled. `begin` is to be written before anything else; in `ending` the previous
   * generation works no more and goes everywhere.
   */
  readonly phase: 'settled' | 'begin' | 'rolling-out' | 'overlap' | 'ending';
  /** The record, after the change in `begin`. */
  readonly record: CredentialRecord;
  /** The previous generation, while it is to work. */
  readonly previous: number | undefined;
  /** Stays, in the past, until everything of the previous generation is gone. */
  readonly overlapUntil: Date | undefined;
  /** A request that cannot begin yet, or never will because it is no time. */
  readonly request: 'none' | 'pending' | 'refused';
  /** When time alone brings the next phase. */
  readonly dueAt: Date | undefined;
}

const Rfc3339 = z.iso.datetime({ offset: true });

/**
 * What follows from the record, the wish and the time. Two generations at most: names alternate, so a third would take the first one's name
 * while somebody may still use it. A request during a rotation waits. The overlap counts from when the new credentials were out, so a roll-out
 * that hangs shortens nobody's time; it follows the spec also while it runs.
 */
export function rotationPlan(wish: RotationWish, found: CredentialRecord, now: Date): Rotation {
  const isNew = wish.request !== undefined && wish.request !== found.rotationRequest;
  const isTime = isNew && Rfc3339.safeParse(wish.request).success;
  const refused = isNew && !isTime;
  if (found.previousGeneration === undefined) {
    const scheduled = wish.rotateEveryMs === undefined ? undefined : after(found.credentialsRotatedAt, wish.rotateEveryMs);
    const begins = isTime || (scheduled !== undefined && scheduled <= now);
    const record = begins ? begun(found, isTime ? wish.request : found.rotationRequest, now) : found;
    return {
      phase: begins ? 'begin' : 'settled',
      record,
      previous: record.previousGeneration,
      overlapUntil: undefined,
      request: refused ? 'refused' : 'none',
      dueAt: begins ? undefined : scheduled,
    };
  }
  const overlapUntil = found.credentialsOutAt === undefined ? undefined : after(found.credentialsOutAt, wish.overlapMs);
  const phase = overlapUntil === undefined ? 'rolling-out' : now < overlapUntil ? 'overlap' : 'ending';
  return {
    phase,
    record: found,
    previous: phase === 'ending' ? undefined : found.previousGeneration,
    overlapUntil,
    request: refused ? 'refused' : isTime ? 'pending' : 'none',
    dueAt: overlapUntil,
  };
}

function begun(found: CredentialRecord, request: string | undefined, now: Date): CredentialRecord {
  return {
    credentialGeneration: found.credentialGeneration + 1,
    credentialsRotatedAt: now,
    previousGeneration: found.credentialGeneration,
    credentialsOutAt: undefined,
    rotationRequest: request,
  };
}

function after(moment: Date, ms: number): Date {
  return new Date(moment.getTime() + ms);
}
