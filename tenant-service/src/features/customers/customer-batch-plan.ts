import { type Customer, type CustomerBatchItem, type MisshapenItem, operations } from '@tenantry/contracts';
import type { AttributeRules } from '../../attributes/attribute-rules.ts';
import { placesOf } from '../../http/parse-request.ts';
import type { Actor } from '../../identity/actor.ts';
import { authorize } from '../../identity/policy.ts';
import { Problem } from '../../problem.ts';
import { etagOf, notFound, stale } from './customer-answers.ts';
import type { CheckedAttributes, StoredCustomer } from './customer-repository.ts';
import { checkAttributes, checkChanged } from './customer-updater.ts';
import { applyPatch } from './merge-patch.ts';

/** What is to become of one item. */
export type PlannedItem =
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'unchanged'; readonly before: StoredCustomer }
  | { readonly kind: 'create'; readonly after: Customer; readonly attributes: CheckedAttributes }
  | {
      readonly kind: 'patch';
      readonly before: StoredCustomer;
      readonly after: Customer;
      readonly changed: readonly string[];
      readonly attributes: CheckedAttributes | undefined;
    }
  | { readonly kind: 'delete'; readonly before: StoredCustomer };

export type BatchItem = CustomerBatchItem | MisshapenItem;

interface Circumstances {
  readonly actor: Pick<Actor, 'roles'>;
  /** The customers the items name, as stored. */
  readonly stored: ReadonlyMap<string, StoredCustomer>;
  /** Ids for new customers, by place. */
  readonly newIds: readonly string[];
  readonly at: string;
  readonly rules: AttributeRules;
  /** What the database refused when it was tried, by place. */
  readonly refused: ReadonlyMap<number, Problem>;
}

/** Lower-case ids of the customers that items name. */
export function namedIds(items: readonly BatchItem[]): string[] {
  return items.flatMap((item) => ('id' in item ? [item.id.toLowerCase()] : []));
}

/** What each item comes to, given what is stored; each is judged as if it were alone. */
export function planBatch(items: readonly BatchItem[], circumstances: Circumstances): PlannedItem[] {
  const seen = new Set<string>();
  return items.map((item, place) => {
    try {
      const refused = circumstances.refused.get(place);
      if (refused !== undefined) throw refused;
      return planItem(item, place, circumstances, seen);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { kind: 'refused', problem: error };
    }
  });
}

function planItem(item: BatchItem, place: number, { actor, stored, newIds, at, rules }: Circumstances, seen: Set<string>): PlannedItem {
  if (item.action === 'misshapen') {
    const errors = item.issues.flatMap((issue) => placesOf(issue, '')).slice(0, 20);
    throw new Problem('invalid-request', 'The item is not a change that this operation knows.', { errors });
  }
  if (item.action === 'create') {
    const after: Customer = { id: newIds[place] as string, ...item.customer, version: 1, createdAt: at, updatedAt: at };
    return { kind: 'create', after, attributes: checkAttributes(after.attributes, rules) };
  }
  if (item.action === 'delete') authorize(actor, operations.deleteCustomer);
  const id = item.id.toLowerCase();
  if (seen.has(id)) {
    throw new Problem('invalid-request', 'The customer occurs more than once in this batch; the first time counts.', {
      errors: [{ pointer: '/id', detail: 'occurs more than once' }],
    });
  }
  seen.add(id);
  const before = stored.get(id);
  if (before === undefined) throw notFound();
  if (before.version !== item.version) throw stale(before.version);
  if (item.action === 'delete') return { kind: 'delete', before };
  const { after: patched, changed } = applyPatch(JSON.parse(before.document) as Customer, item.patch);
  if (changed.length === 0) return { kind: 'unchanged', before };
  const after = { ...patched, version: before.version + 1, updatedAt: at };
  return { kind: 'patch', before, after, changed, attributes: checkChanged(after, changed, rules) };
}

/** The JSON text of an item's result. `instance` is the request's, for problems. */
export function resultOf(planned: PlannedItem, instance: string): string {
  switch (planned.kind) {
    case 'refused': {
      const { problem } = planned;
      const etag = problem.options.headers?.etag;
      return JSON.stringify({ status: problem.status, ...(etag === undefined ? {} : { etag }), problem: problem.document(instance) });
    }
    case 'unchanged':
      return withCustomer(200, planned.before.version, planned.before.document);
    case 'create':
      return withCustomer(201, 1, JSON.stringify(planned.after));
    case 'patch':
      return withCustomer(200, planned.after.version, JSON.stringify(planned.after));
    case 'delete':
      return '{"status":204}';
  }
}

const withCustomer = (status: number, version: number, document: string): string =>
  `{"status":${status},"etag":${JSON.stringify(etagOf(version))},"customer":${document}}`;
