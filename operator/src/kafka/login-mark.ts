import type { Credential } from '../tenant/credentials.ts';

/** Kafka's floor; NIST and the client libraries go with it. */
const FEWEST_ITERATIONS = 4096;

/**
 * SCRAM iteration count that also says which password a login holds: 4097 to 8192, chosen by the password's fingerprint.
 * Kafka shows nothing of a credential but this count, and a login changed by hand gets the tool's default (4096), so the change is seen.
 */
export function loginMark(credential: Credential): number {
  return FEWEST_ITERATIONS + 1 + (Number.parseInt(credential.fingerprint.slice(0, 8), 16) % 4096);
}
