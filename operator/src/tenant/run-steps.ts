import type { ConditionType, DriftItem, Reason, StepRecord } from '@tenantry/contracts';
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
  /** Of a failed step: the error with its causes. */
  readonly error?: string;
}

/** One pass over all steps. */
export interface StepsRun {
  readonly results: readonly StepResult[];
  /** What this pass had to change, in words. */
  readonly changed: readonly string[];
  /** Fields that differed and were put right. */
  readonly repaired: readonly DriftItem[];
  /** Fields that differ still: only reported, not seen yet, or refused. */
  readonly differing: readonly DriftItem[];
  readonly retryAfterMs: number | undefined;
  /** Thrown by a step: the caller reports it once, after the status is written. */
  readonly error: unknown;
}

/** The view was older than the server's: the informer will have caught up by then. */
const CONFLICT_RETRY_MS = 200;

/**
 * In order, up to the first that is not done; the rest is NotReached, because nothing was seen of it. A step that could not look is
 * Unknown, one whose change was refused is False. What concerns this process (lease lost, fenced) is thrown on.
 * In a pass that only reports, a difference ends nothing: the steps after it look as well, as far as they can without it.
 */
export async function runSteps(steps: readonly Step[], pass: TenantPass, beforeEach: () => void): Promise<StepsRun> {
  const results: StepResult[] = [];
  const changed: string[] = [];
  const repaired: DriftItem[] = [];
  const differing: DriftItem[] = [];
  let retryAfterMs: number | undefined;
  let error: unknown;
  let stoppedAt: string | undefined;
  for (const { name, condition, run } of steps) {
    const result = (
      state: StepResult['state'],
      status: StepResult['status'],
      reason: Reason,
      message: string,
      more: { error?: string } = {},
    ) => results.push({ name, condition, state, status, reason, message, ...more });
    if (stoppedAt !== undefined) {
      result('NotReached', 'Unknown', 'NotReached', `Comes after ${stoppedAt}.`);
      continue;
    }
    beforeEach();
    try {
      const outcome = await run(pass);
      if ('changed' in outcome) changed.push(...(outcome.changed ?? []));
      if (outcome.kind === 'differs') {
        differing.push(...outcome.drift);
        const { reason, because } = pass.tenant.spec.paused ? PAUSED : REPORTED;
        result('Blocked', 'False', reason, `Differs, and is left so ${because}: ${brief(outcome.drift)}.`);
        continue;
      }
      if ('drift' in outcome) (outcome.kind === 'waiting' ? differing : repaired).push(...(outcome.drift ?? []));
      if (outcome.kind === 'done') {
        result('Done', 'True', outcome.reason ?? 'Done', outcome.message);
        retryAfterMs ??= outcome.lookAgainAfterMs;
      } else if (outcome.kind === 'not-needed') result('NotNeeded', 'True', 'NotNeeded', outcome.message);
      else {
        stoppedAt = name;
        if (outcome.kind === 'blocked') {
          result('Blocked', 'False', outcome.reason, outcome.message);
          retryAfterMs = outcome.lookAgainAfterMs ?? retryAfterMs;
        } else {
          result('Waiting', 'False', 'Waiting', outcome.message);
          retryAfterMs = outcome.retryAfterMs;
        }
      }
    } catch (thrown) {
      if (isAboutThisProcess(thrown)) throw thrown;
      stoppedAt = name;
      if (differing.length > 0 && pass.reportOnly) {
        result('NotReached', 'Unknown', 'NotReached', `Cannot be looked at while something before it differs: ${sentence(thrown)}`);
        continue;
      }
      if (isConflict(thrown)) {
        result('Waiting', 'False', 'Waiting', 'The view of the cluster was old; looking again.');
        retryAfterMs = CONFLICT_RETRY_MS;
        continue;
      }
      error = thrown;
      if (thrown instanceof ApplyFailed) differing.push(...thrown.drift);
      const [status, reason] =
        thrown instanceof ApplyFailed ? (['False', 'ApplyFailed'] as const) : (['Unknown', 'ObservationFailed'] as const);
      result('Failed', status, reason, sentence(thrown), { error: chainOf(thrown) });
    }
  }
  return { results, changed, repaired, differing, retryAfterMs, error };
}

const PAUSED = { reason: 'Paused', because: 'while spec.paused is true' } as const;
const REPORTED = { reason: 'DriftReported', because: 'because spec.driftPolicy is Report' } as const;

/** So many differences are named in a message; status.drift has more. */
const NAMED = 5;

/** Differences in one line: `kafka/topic/acme.events retention.ms is 1000 instead of 604800000`. */
export function brief(drift: readonly DriftItem[]): string {
  const named = drift
    .slice(0, NAMED)
    .map(({ resource, field, want, have }) =>
      want === have ? `${resource} ${field} was changed` : `${resource} ${field} is ${have} instead of ${want}`,
    );
  return [...named, ...(drift.length > NAMED ? [`and ${drift.length - NAMED} more`] : [])].join('; ');
}

/** Not about the tenant: the lease is lost or another process has claimed the cell. Nothing may be written on such an error. */
export function isAboutThisProcess(error: unknown): boolean {
  return error instanceof Error && (error.name === 'FencedError' || error.name === 'NotLeadingError');
}

function isConflict(error: unknown): boolean {
  const cause = error instanceof ApplyFailed ? error.cause : error;
  return cause instanceof Error && 'reason' in cause && cause.reason === 'Conflict';
}

/** The error and its causes, outermost first; a cause that only repeats the words is left out. */
function chainOf(error: unknown): string {
  const words: string[] = [];
  for (let each: unknown = error; each !== undefined && words.length < 8; each = each instanceof Error ? each.cause : undefined) {
    const text = wordsOf(each).replace(/\s+/g, ' ');
    if (text !== words.at(-1)) words.push(text);
  }
  return words.join(' ← ').slice(0, 2048);
}

function sentence(error: unknown): string {
  const text = wordsOf(error);
  return `${text.replace(/\s+/g, ' ').slice(0, 1000)}${text.endsWith('.') ? '' : '.'}`;
}
