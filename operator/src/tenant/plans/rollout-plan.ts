/** A tenant as far as a rollout of its class needs to know it. */
export interface RolloutTenant {
  readonly name: string;
  /** The revision of the class it was last given. */
  readonly revision: string | undefined;
  /** Whether it was Ready then. */
  readonly wasReady: boolean;
  readonly isReady: boolean;
  /** Only a person can help it. */
  readonly isStalled: boolean;
  /** Since when it is or is not Ready, in milliseconds since the epoch. */
  readonly sinceMs: number;
  readonly isPaused: boolean;
}

export interface RolloutPlan {
  readonly total: number;
  readonly updated: number;
  readonly paused: number;
  /** Were Ready, are not with the newest edit, and will not be by themselves. */
  readonly failed: readonly string[];
  /** Who gets it now. */
  readonly admit: readonly string[];
  readonly state: 'RolledOut' | 'RollingOut' | 'RolloutHeld';
  /** When the next tenant's time is up, if one is on its way. */
  readonly lookAgainAtMs: number | undefined;
}

/**
 * Whose turn it is. A tenant on its way is one that was given the revision and is not Ready yet; one that failed makes room for the next as
 * long as no more have failed than the class bears. Those not Ready anyway do not wait and do not count: the edit may be what heals them.
 */
export function rolloutPlan(
  wish: { readonly revision: string; readonly maxConcurrent: number; readonly maxFailures: number; readonly progressDeadlineMs: number },
  tenants: readonly RolloutTenant[],
  admitted: ReadonlySet<string>,
  nowMs: number,
): RolloutPlan {
  const updated = tenants.filter(({ revision }) => revision === wish.revision);
  const behind = tenants.filter(({ revision }) => revision !== wish.revision);
  const notReady = updated.filter(({ wasReady, isReady, isPaused }) => wasReady && !isReady && !isPaused);
  const isLate = ({ sinceMs }: RolloutTenant) => nowMs >= sinceMs + wish.progressDeadlineMs;
  const failed = notReady.filter((tenant) => tenant.isStalled || isLate(tenant));
  const under = notReady.filter((tenant) => !failed.includes(tenant));
  const waiting = behind.filter(({ isPaused }) => !isPaused);
  const begun = waiting.filter(({ name }) => admitted.has(name));
  const isHeld = failed.length > wish.maxFailures && waiting.length > 0;
  const room = isHeld ? 0 : Math.max(0, wish.maxConcurrent - under.length - begun.length);
  const admit = waiting
    .filter(({ name }) => !admitted.has(name))
    .sort((a, b) => Number(a.isReady) - Number(b.isReady) || (a.name < b.name ? -1 : 1))
    .slice(0, room);
  const isDone = waiting.length === 0 && notReady.length === 0;
  return {
    total: tenants.length,
    updated: updated.length,
    paused: behind.length - waiting.length,
    failed: failed.map(({ name }) => name).sort(),
    admit: admit.map(({ name }) => name),
    state: isHeld ? 'RolloutHeld' : isDone ? 'RolledOut' : 'RollingOut',
    lookAgainAtMs: under.length === 0 ? undefined : Math.min(...under.map(({ sinceMs }) => sinceMs)) + wish.progressDeadlineMs,
  };
}
