import type { Contest } from '../measure/rounds.ts';
import type { Bar } from '../measure/statistics.ts';
import type { ApiWorld } from './api-world.ts';
import type { Contender, TurnParts } from './contender.ts';
import type { Workload } from './workload.ts';

/** How every contest of this bench is held. */
export type Rules = Omit<Contest, 'ours' | 'reference'>;

/** What every part of this bench is given. */
export interface ApiBench {
  readonly world: ApiWorld;
  readonly workload: Workload;
  readonly parts: TurnParts;
  readonly folder: string;
  readonly counts: { readonly create: number; readonly read: number };
  readonly rules: Rules;
  readonly barOf: (bar: Bar) => Bar;
}

export const atLeast = (ratio: number): Bar => ({ kind: 'at-least', ratio });
/** Our workers, with PostgreSQL's time. */
export function oursOf({ ours, postgresPid }: ApiWorld): Contender {
  return { ports: ours.map(({ port }) => port), pids: { node: ours.map(({ pid }) => pid), postgres: [postgresPid] } };
}
