import type { ConditionType, Reason } from '@tenantry/contracts';
import type { TenantPass } from './tenant-pass.ts';

/** What a step says after one look and at most one round of changes. */
export type Outcome =
  /** Observed to be as wanted. `changed` names what this pass had to change for it. */
  | { readonly kind: 'done'; readonly message: string; readonly changed?: readonly string[] }
  /** This tenant has no use for the step, and nothing of it is there. */
  | { readonly kind: 'not-needed'; readonly message: string; readonly changed?: readonly string[] }
  /** Not there yet, and nobody is at fault: look again after `retryAfterMs`. */
  | { readonly kind: 'waiting'; readonly message: string; readonly retryAfterMs: number; readonly changed?: readonly string[] }
  /** Needs a person (or another object) to change something. */
  | { readonly kind: 'blocked'; readonly reason: Reason; readonly message: string };

/**
 * One thing a tenant needs: observe → plan (pure) → apply. May be killed after any line and run again.
 * `run` throws only when it could not look (the runner says Unknown) or, as `ApplyFailed`, when a change was refused (False).
 */
export interface Step {
  /** Name in the ledger `status.steps[]`, e.g. `topics`. */
  readonly name: string;
  readonly condition: ConditionType;
  readonly run: (pass: TenantPass) => Promise<Outcome>;
}
