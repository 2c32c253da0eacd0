import { setTimeout as pause } from 'node:timers/promises';
import type { DriftItem, Reason } from '@tenantry/contracts';
import type { Outcome } from './step.ts';
import type { TenantPass } from './tenant-pass.ts';

/** What a pure plan answers: the changes to make, or why none will be made. */
export type Plan<Change> =
  | { readonly changes: readonly Change[] }
  | { readonly refused: { readonly reason: Reason; readonly message: string } };

/** A server refused a change that the plan wanted; the cause carries its words. */
export class ApplyFailed extends Error {
  override readonly name = 'ApplyFailed';
  /** Private, so that no log writes it out with the error. */
  readonly #drift: readonly DriftItem[];

  constructor(message: string, options: ErrorOptions & { readonly drift?: readonly DriftItem[] } = {}) {
    super(message, options);
    this.#drift = options.drift ?? [];
  }

  /** What the refused changes were to put right. */
  get drift(): readonly DriftItem[] {
    return this.#drift;
  }
}

/**
 * How long a store may take to show what it has just accepted. Kafka's brokers learn of a topic or a right 5 to 20 ms after the controller,
 * so the first looks come close together: half of the waiting of a tenant's first pass was here.
 */
const SETTLE_MS = [0, 10, 15, 25, 50, 150, 350];

/**
 * The shape of every step: look and plan; apply change by change; look again, because "done" is said only of what was seen. Of what cannot be
 * there yet the first look may be spared; what is there all the same shows at the look behind the changes.
 * @throws ApplyFailed when a change is refused; whatever `look` throws when it could not look.
 */
export async function converge<Change>(
  pass: Pick<TenantPass, 'reportOnly'>,
  how: {
    readonly look: () => Promise<Plan<Change>>;
    /** All there is to make for a tenant that is new in this very pass; undefined for any other. */
    readonly whenNew?: Plan<Change> | undefined;
    readonly apply: (changes: readonly Change[]) => Promise<void>;
    readonly describe: (change: Change) => string;
    /** The fields a change puts right, with what is there instead; no secrets. Without it only the description is told. */
    readonly differences?: (change: Change) => readonly DriftItem[];
    readonly done: () => string;
  },
): Promise<Outcome> {
  const first = (pass.reportOnly ? undefined : how.whenNew) ?? (await how.look());
  if ('refused' in first) return { kind: 'blocked', ...first.refused };
  if (first.changes.length === 0) return { kind: 'done', message: how.done() };
  const drift = first.changes.flatMap(how.differences ?? ((change) => [differing(how.describe(change))]));
  if (pass.reportOnly) return { kind: 'differs', drift };
  const changed = first.changes.map(how.describe);
  await applying(() => how.apply(first.changes), drift);
  let left: readonly Change[] = first.changes;
  for (const settleMs of SETTLE_MS) {
    await pause(settleMs);
    const again = await how.look();
    if ('refused' in again) return { kind: 'blocked', ...again.refused };
    if (again.changes.length === 0) return { kind: 'done', message: how.done(), changed, drift };
    left = again.changes;
    // What the first look could not have seen: somebody went on changing things by hand.
    const since = left.filter((change) => !changed.includes(how.describe(change)));
    if (since.length === 0) continue;
    await applying(() => how.apply(since), drift);
    changed.push(...since.map(how.describe));
  }
  return { kind: 'waiting', message: `Not seen yet: ${left.map(how.describe).join(', ')}.`, retryAfterMs: 1000, changed, drift };
}

/** A difference of which no more is told than what it is about. */
export function differing(resource: string): DriftItem {
  return { resource: resource.slice(0, 253), field: 'state', want: 'as the spec says', have: 'different' };
}

/** Runs a change. Failures that are about this process (lost lease, fenced) pass as they are; others become ApplyFailed. */
export async function applying<T>(change: () => Promise<T>, drift: readonly DriftItem[] = []): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof Error && ['FencedError', 'NotLeadingError', 'IdentityConflict', 'MigrationFailed'].includes(error.name))
      throw error;
    throw new ApplyFailed(wordsOf(error), { cause: error, drift });
  }
}

/** The server's own words: an aggregate's message only says that there are some. */
export function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return [error.message, ...error.errors.map(wordsOf)].join(': ');
  return error instanceof Error ? error.message || error.name : String(error);
}
