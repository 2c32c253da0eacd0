import { setTimeout as pause } from 'node:timers/promises';
import type { Reason } from '@tenantry/contracts';
import type { Outcome } from './step.ts';
import type { TenantPass } from './tenant-pass.ts';

/** What a pure plan answers: the changes to make, or why none will be made. */
export type Plan<Change> =
  | { readonly changes: readonly Change[] }
  | { readonly refused: { readonly reason: Reason; readonly message: string } };

/** A server refused a change that the plan wanted; the cause carries its words. */
export class ApplyFailed extends Error {
  override readonly name = 'ApplyFailed';
}

/**
 * How long a store may take to show what it has just accepted. Kafka's brokers learn of a topic or a right 5 to 20 ms after the controller,
 * so the first looks come close together: half of the waiting of a tenant's first pass was here.
 */
const SETTLE_MS = [0, 10, 15, 25, 50, 150, 350];

/**
 * The shape of every step: look and plan; apply change by change; look again, because "done" is said only of what was seen.
 * @throws ApplyFailed when a change is refused; whatever `look` throws when it could not look.
 */
export async function converge<Change>(
  pass: Pick<TenantPass, 'reportOnly'>,
  how: {
    readonly look: () => Promise<Plan<Change>>;
    readonly apply: (changes: readonly Change[]) => Promise<void>;
    readonly describe: (change: Change) => string;
    readonly done: () => string;
  },
): Promise<Outcome> {
  const first = await how.look();
  if ('refused' in first) return { kind: 'blocked', ...first.refused };
  if (first.changes.length === 0) return { kind: 'done', message: how.done() };
  if (pass.reportOnly) return pausedBy(first.changes.map(how.describe));
  const changed = first.changes.map(how.describe);
  await applying(() => how.apply(first.changes));
  let left: readonly Change[] = first.changes;
  for (const settleMs of SETTLE_MS) {
    await pause(settleMs);
    const again = await how.look();
    if ('refused' in again) return { kind: 'blocked', ...again.refused };
    if (again.changes.length === 0) return { kind: 'done', message: how.done(), changed };
    left = again.changes;
    // What the first look could not have seen: somebody went on changing things by hand.
    const since = left.filter((change) => !changed.includes(how.describe(change)));
    if (since.length === 0) continue;
    await applying(() => how.apply(since));
    changed.push(...since.map(how.describe));
  }
  return { kind: 'waiting', message: `Not seen yet: ${left.map(how.describe).join(', ')}.`, retryAfterMs: 1000, changed };
}

/** What a paused tenant's step says when something differs. */
export function pausedBy(differences: readonly string[]): Outcome {
  return { kind: 'blocked', reason: 'Paused', message: `Differs, and is left so while spec.paused is true: ${differences.join(', ')}.` };
}

/** Runs a change. Failures that are about this process (lost lease, fenced) pass as they are; others become ApplyFailed. */
export async function applying<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof Error && ['FencedError', 'NotLeadingError', 'IdentityConflict', 'MigrationFailed'].includes(error.name))
      throw error;
    throw new ApplyFailed(wordsOf(error), { cause: error });
  }
}

/** The server's own words: an aggregate's message only says that there are some. */
export function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return [error.message, ...error.errors.map(wordsOf)].join(': ');
  return error instanceof Error ? error.message || error.name : String(error);
}
