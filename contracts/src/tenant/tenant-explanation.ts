import { REASONS, type ReasonEntry } from './tenant-conditions.ts';
import type { DriftItem, StepRecord, Tenant } from './tenant-resource.ts';

/** Why a tenant is as it is, and what helps. */
export interface TenantExplanation {
  readonly tenant: string;
  readonly class: string;
  readonly isReady: boolean;
  /** `True Ready`, `False ApplyFailed` … as the operator last said it. */
  readonly ready: string;
  /** RFC 3339. */
  readonly since: string | undefined;
  /** In words: what holds it up, or that nothing does. */
  readonly says: string;
  readonly generation: { readonly wanted: number; readonly seen: number };
  readonly blocking: Pick<StepRecord, 'name' | 'state' | 'reason' | 'attempts' | 'retryAt' | 'lastError'> | undefined;
  readonly meaning: string | undefined;
  readonly remedy: string | undefined;
  /** The one command that helps most. */
  readonly command: string | undefined;
  readonly drift: { readonly count: number; readonly items: readonly DriftItem[] };
}

/** How long the operator may take to see an edit; an order of magnitude more than it does. */
const NOT_SEEN_MS = 15_000;

/** Explains a Tenant from what its object says: `kubectl tenantry explain` and the desktop say the same. Pure. */
export function explanationOf({ metadata, spec, status }: Tenant): TenantExplanation {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const generation = { wanted: metadata.generation ?? 0, seen: status?.observedGeneration ?? 0 };
  const step = status?.steps?.find(({ state }) => state !== 'Done' && state !== 'NotNeeded');
  const isReady = ready?.status === 'True' && generation.seen === generation.wanted;
  const entry = (REASONS as Readonly<Record<string, ReasonEntry | undefined>>)[ready?.reason ?? ''];
  const base = {
    tenant: metadata.name,
    class: spec.classRef.name,
    isReady,
    ready: ready === undefined ? 'not said yet' : `${ready.status} ${ready.reason}`,
    since: ready?.lastTransitionTime,
    generation,
    drift: status?.drift ?? { count: 0, items: [] },
  };
  if (ready === undefined || generation.seen !== generation.wanted)
    return {
      ...base,
      says:
        ready === undefined
          ? 'No operator has looked at this tenant yet.'
          : `The operator has not looked at generation ${generation.wanted} yet; what it says is of generation ${generation.seen}.`,
      blocking: undefined,
      meaning: undefined,
      remedy: `If it stays so for more than ${NOT_SEEN_MS / 1000} s, no operator runs for this tenant (label tenantry.dev/operator), or it cannot lead.`,
      command: 'kubectl get pods,leases -n tenantry-system',
    };
  return {
    ...base,
    says: ready.message,
    blocking: isReady || step === undefined || step.state === 'NotReached' ? undefined : stepOf(step),
    meaning: entry?.meaning,
    remedy: isReady && ready.reason === 'Ready' ? undefined : entry?.remedy,
    command: entry?.command?.replaceAll('NAME', metadata.name),
  };
}

function stepOf({ name, state, reason, attempts, retryAt, lastError }: StepRecord): TenantExplanation['blocking'] {
  return {
    name,
    state,
    reason,
    ...(attempts === undefined ? {} : { attempts }),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(lastError === undefined ? {} : { lastError }),
  };
}
