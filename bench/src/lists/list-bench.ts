import type { ApiWorld } from '../api/api-world.ts';
import type { Contender, TurnParts } from '../api/contender.ts';
import type { Contest } from '../measure/rounds.ts';

/** What every contest of this bench is given. */
export interface ListBench {
  readonly world: ApiWorld;
  readonly parts: TurnParts;
  readonly rules: Omit<Contest, 'ours' | 'reference'>;
}

/** Our worker, with PostgreSQL's time. */
export function oursOf({ ours, postgresPid }: ApiWorld): Contender {
  return { ports: ours.map(({ port }) => port), pids: { node: ours.map(({ pid }) => pid), postgres: [postgresPid] } };
}
