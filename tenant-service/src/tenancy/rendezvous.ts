import { createHash } from 'node:crypto';

/**
 * The `count` of `size` places a key belongs to, best first. Highest random weight: every process picks the same places, keys spread evenly,
 * and one place more or less moves only the keys of that place.
 */
export function rendezvous(key: string, size: number, count: number): number[] {
  return Array.from({ length: size }, (_, place) => ({
    place,
    weight: createHash('sha256').update(`${key}/${place}`).digest().readUInt32BE(0),
  }))
    .sort((a, b) => b.weight - a.weight || a.place - b.place)
    .slice(0, count)
    .map(({ place }) => place);
}
