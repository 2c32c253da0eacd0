import type { ChangePreview, TenantRow } from '../../../platform/platform-view-questions.ts';

/** What became, or would become, of one of many tenants. */
export type BulkOutcome =
  | { readonly kind: 'allowed'; readonly fields: number }
  | { readonly kind: 'owned'; readonly managers: readonly string[] }
  /** The cluster's own words, or those of what lies on the way to it. */
  | { readonly kind: 'refused'; readonly why: string };

/** So many at a time: a thousand tenants take seconds, and the cluster's other users do not notice. */
const AT_ONCE = 5;

/** Asks for each tenant, a few at a time; `told` hears of each as soon as it is known. A failure is an outcome, too: the others go on. Never rejects. */
export async function bulkOutcomes(
  targets: readonly TenantRow[],
  ask: (target: TenantRow) => Promise<ChangePreview>,
  told: (name: string, outcome: BulkOutcome) => void,
): Promise<ReadonlyMap<string, BulkOutcome>> {
  const outcomes = new Map<string, BulkOutcome>();
  const left = targets.values();
  const work = async (): Promise<void> => {
    for (const target of left) {
      const outcome = await ask(target).then(outcomeOf, failureOf);
      outcomes.set(target.name, outcome);
      told(target.name, outcome);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcomes;
}

function outcomeOf(preview: ChangePreview): BulkOutcome {
  if (preview.verdict === 'allowed') return { kind: 'allowed', fields: preview.changes.length };
  if (preview.verdict === 'refused') return { kind: 'refused', why: preview.why };
  return { kind: 'owned', managers: [...new Set(preview.owners.map(({ manager }) => manager))] };
}

function failureOf(error: unknown): BulkOutcome {
  return { kind: 'refused', why: error instanceof Error ? error.message : `${error}` };
}
