import { seeded, shuffled } from '@tenantry/stack/testing/seeded.ts';
import { type Absence, DISPENSABLE } from './absence.ts';
import { ROLES, type Role } from './roles.ts';

/** One thing that breaks. */
export type ChaosFault =
  | { readonly kind: 'away'; readonly absence: Absence; readonly forMs: number }
  | { readonly kind: 'postgres'; readonly how: 'fast' | 'immediate' }
  | { readonly kind: 'killed'; readonly role: Role | 'tenantry-operator' }
  | { readonly kind: 'held-still'; readonly role: Role; readonly forMs: number };

/** A fault, and when after the beginning it happens. */
export interface PlannedFault {
  readonly atMs: number;
  readonly fault: ChaosFault;
}

const EVERY_MS = 20_000;
/** Long enough to be noticed by whoever waits for it, short enough that most of the time everything is there. */
const AWAY_MS = { least: 2000, most: 12_000 };
/** A pod that does not answer for three looks, ten seconds apart, is started anew: that would be another fault. */
const STILL_MS = { least: 1000, most: 8000 };

/** What a soak does, from its seed alone: each fault once in an order of chance, then each once again in another, until the time is up. */
export function chaosPlan(seed: number, minutes: number): readonly PlannedFault[] {
  const random = seeded(seed);
  const times = Math.floor((minutes * 60_000) / EVERY_MS);
  const faults: ChaosFault[] = [];
  while (faults.length < times) faults.push(...shuffled(everyFault(random), random));
  return faults.slice(0, times).map((fault, place) => ({ atMs: place * EVERY_MS, fault }));
}

function everyFault(random: () => number): readonly ChaosFault[] {
  const between = ({ least, most }: { readonly least: number; readonly most: number }): number =>
    Math.round(least + random() * (most - least));
  const absences: Absence[] = [
    ...DISPENSABLE.flatMap((part) => (['frozen', 'gone'] as const).map((how) => ({ part, how }))),
    { part: 'redis', how: 'flushed' },
    { part: 'redis', how: 'full' },
  ];
  return [
    ...absences.map((absence) => ({ kind: 'away', absence, forMs: between(AWAY_MS) }) as const),
    { kind: 'postgres', how: 'fast' },
    { kind: 'postgres', how: 'immediate' },
    ...([...ROLES, 'tenantry-operator'] as const).map((role) => ({ kind: 'killed', role }) as const),
    ...ROLES.map((role) => ({ kind: 'held-still', role, forMs: between(STILL_MS) }) as const),
  ];
}

/** For a person who reads along. */
export function shownFault(fault: ChaosFault): string {
  if (fault.kind === 'away') return `${fault.absence.part} ${fault.absence.how} for ${fault.forMs} ms`;
  if (fault.kind === 'postgres') return `postgres ended (${fault.how}) and started`;
  return fault.kind === 'killed' ? `${fault.role} killed` : `${fault.role} held still for ${fault.forMs} ms`;
}

/** While one of these lasts, and for a moment after it, customers cannot be served: there is nobody to serve them. */
export function isFelt(fault: ChaosFault): boolean {
  return fault.kind === 'postgres' || ((fault.kind === 'killed' || fault.kind === 'held-still') && fault.role === 'tenantry-api');
}
