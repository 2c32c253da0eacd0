import type { ConditionType, DriftItem, Reason } from '@tenantry/contracts';
import type { TenantPass } from './tenant-pass.ts';

/** What a step says after one look and at most one round of changes. */
export type Outcome =
  /** Observed to be as wanted; `lookAgainAfterMs` when something that stays for now may go later. `changed` names what this pass had to change for it, `drift` the fields that differed before. */
  | {
      readonly kind: 'done';
      readonly message: string;
      /** Why the message is worth reading although all is well. */
      readonly reason?: Reason;
      readonly changed?: readonly string[];
      readonly drift?: readonly DriftItem[];
      readonly lookAgainAfterMs?: number;
    }
  /** This tenant has no use for the step, and nothing of it is there. */
  | { readonly kind: 'not-needed'; readonly message: string; readonly changed?: readonly string[]; readonly drift?: readonly DriftItem[] }
  /** Not there yet, and nobody is at fault: look again after `retryAfterMs`. */
  | {
      readonly kind: 'waiting';
      readonly message: string;
      readonly retryAfterMs: number;
      readonly changed?: readonly string[];
      readonly drift?: readonly DriftItem[];
    }
  /** Not as wanted, and left so, because this pass only reports. The pass goes on looking. */
  | { readonly kind: 'differs'; readonly drift: readonly DriftItem[] }
  /** Needs a person (or another object) to change something; `lookAgainAfterMs` when nobody would tell that it was. */
  | { readonly kind: 'blocked'; readonly reason: Reason; readonly message: string; readonly lookAgainAfterMs?: number };

/**
 * One thing a tenant needs: observe → plan (pure) → apply. May be killed after any line and run again.
 * `run` throws only when it could not look (the runner says Unknown) or, as `ApplyFailed`, when a change was refused (False).
 */
export interface Step {
  /** Name in the ledger `status.steps[]`, e.g. `topics`. */
  readonly name: string;
  readonly condition: ConditionType;
  readonly run: (pass: TenantPass) => Promise<Outcome>;
  /** All it looks at is watched: a look that changes nothing asks nobody. */
  readonly isWatched?: boolean;
}
