import type { ConditionType, Reason, StepRecord } from '@tenantry/contracts';
import { ApplyFailed, wordsOf } from './converge.ts';
import type { Step } from './step.ts';
import type { TenantPass } from './tenant-pass.ts';

/** What became of one step in one pass. */
export interface StepResult {
  readonly name: string;
  readonly condition: ConditionType;
  readonly state: StepRecord['state'];
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: Reason;
  readonly message: string;
}

/** One pass over all steps. */
export interface StepsRun {
  readonly results: readonly StepResult[];
  /** What this pass had to change, in words. */
  readonly changed: readonly string[];
  readonly retryAfterMs: number | undefined;
  /** Thrown by a step: the caller reports it once, after the status is written. */
  readonly error: unknown;
}

/** The view was older than the server's: the informer will have caught up by then. */
const CONFLICT_RETRY_MS = 200;

/**
 * In order, up to the first that is not done; the rest is NotReached, because nothing was seen of it. A step that could not look is
 * Unknown, one whose change was refused is False. What concerns this process (lease lost, fenced) is thrown on.
 */
export async function runSteps(steps: readonly Step[], pass: TenantPass, beforeEach: () => void): Promise<StepsRun> {
  const results: StepResult[] = [];
  const changed: string[] = [];
  let retryAfterMs: number | undefined;
  let error: unknown;
  let stoppedAt: string | undefined;
  for (const { name, condition, run } of steps) {
    const result = (state: StepResult['state'], status: StepResult['status'], reason: Reason, message: string) =>
      results.push({ name, condition, state, status, reason, message });
    if (stoppedAt !== undefined) {
      result('NotReached', 'Unknown', 'NotReached', `Comes after ${stoppedAt}.`);
      continue;
    }
    beforeEach();
    try {
      const outcome = await run(pass);
      if ('changed' in outcome) changed.push(...(outcome.changed ?? []));
      if (outcome.kind === 'done') result('Done', 'True', 'Done', outcome.message);
      else if (outcome.kind === 'not-needed') result('NotNeeded', 'True', 'NotNeeded', outcome.message);
      else {
        stoppedAt = name;
        if (outcome.kind === 'blocked') result('Blocked', 'False', outcome.reason, outcome.message);
        else {
          result('Waiting', 'False', 'Waiting', outcome.message);
          retryAfterMs = outcome.retryAfterMs;
        }
      }
    } catch (thrown) {
      if (isAboutThisProcess(thrown)) throw thrown;
      stoppedAt = name;
      if (isConflict(thrown)) {
        result('Waiting', 'False', 'Waiting', 'The view of the cluster was old; looking again.');
        retryAfterMs = CONFLICT_RETRY_MS;
        continue;
      }
      error = thrown;
      const [status, reason] =
        thrown instanceof ApplyFailed ? (['False', 'ApplyFailed'] as const) : (['Unknown', 'ObservationFailed'] as const);
      result('Failed', status, reason, sentence(thrown));
    }
  }
  return { results, changed, retryAfterMs, error };
}

/** Not about the tenant: the lease is lost or another process has claimed the cell. Nothing may be written on such an error. */
export function isAboutThisProcess(error: unknown): boolean {
  return error instanceof Error && (error.name === 'FencedError' || error.name === 'NotLeadingError');
}

function isConflict(error: unknown): boolean {
  const cause = error instanceof ApplyFailed ? error.cause : error;
  return cause instanceof Error && 'reason' in cause && cause.reason === 'Conflict';
}

function sentence(error: unknown): string {
  const text = wordsOf(error);
  return `${text.replace(/\s+/g, ' ').slice(0, 1000)}${text.endsWith('.') ? '' : '.'}`;
}
