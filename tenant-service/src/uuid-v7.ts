import { randomUUID } from 'node:crypto';

/**
 * A UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then random. Built on randomUUID because that one draws its randomness in large pieces;
 * one draw per id was a twentieth of the cost of a write.
 */
export function uuidv7(nowMs = Date.now()): string {
  const time = nowMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** When a UUIDv7 was made, in milliseconds; undefined for any other UUID, which this service did not make. */
export function uuidv7Time(id: string): number | undefined {
  return id[14] === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined;
}
