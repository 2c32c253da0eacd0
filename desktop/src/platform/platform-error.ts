import type { BridgeProblem } from './bridge.ts';

/** Something the main process, or the browser in its place, refused or could not do. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly problem: BridgeProblem;
  constructor(problem: BridgeProblem) {
    super(`${problem.title}: ${problem.detail}`);
    this.problem = problem;
  }
}
