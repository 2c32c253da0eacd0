import type { ConditionType, Reason } from '@tenantry/contracts';
import type { TenantPass } from './tenant-pass.ts';

/** What a step says after one look and at most one round of changes. */
export type Outcome =
  | { readonly kind: 'done'; readonly message: string; readonly repaired?: readonly string[] }
  /** Not there yet, and nobody is at fault: look again after `retryAfterMs`. */
  | { readonly kind: 'waiting'; readonly message: string; readonly retryAfterMs: number }
  /** Needs a person (or another object) to change something. */
  | { readonly kind: 'blocked'; readonly reason: Reason; readonly message: string };

/**
 * One thing a tenant needs: observe → plan (pure) → apply. May be killed after any line and run again.
 * `run` throws only when it could not look or the server refused; the runner turns that into Unknown or False.
 */
export interface Step {
  /** Name in the ledger `status.steps[]`, e.g. `topics`. */
  readonly name: string;
  readonly condition: ConditionType;
  readonly run: (pass: TenantPass) => Promise<Outcome>;
}
