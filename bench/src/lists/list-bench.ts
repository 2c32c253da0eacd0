import type { Rules } from '../api/api-bench.ts';
import type { ApiWorld } from '../api/api-world.ts';
import type { TurnParts } from '../api/contender.ts';

/** What every contest of this bench is given. */
export interface ListBench {
  readonly world: ApiWorld;
  readonly parts: TurnParts;
  readonly rules: Rules;
}
