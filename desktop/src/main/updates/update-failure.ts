import type { UpdateProblem } from '../../platform/updates.ts';

/** A newer version was not found, fetched or put in place, for a reason that a person can be told. */
export class UpdateFailure extends Error {
  readonly problem: UpdateProblem;

  /** @param cause the library's own words: their first line is for the log */
  constructor(problem: UpdateProblem, cause?: Error) {
    super(cause === undefined ? problem : `${problem}: ${cause.message.split('\n', 1)[0]}`, { cause });
    this.name = 'UpdateFailure';
    this.problem = problem;
  }
}
