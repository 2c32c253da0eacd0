import type { AttributeRules } from '../../attributes/attribute-rules.ts';
import type { Answer, IdempotencyKey } from '../../journal/idempotency-keys.ts';
import type { TenantTransaction } from '../../tenancy/doors.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import type { PlannedItem } from './customer-batch-plan.ts';
import * as statements from './customer-batch-statements.ts';
import { type Change, createAll } from './customer-repository.ts';

type Planned<Kind extends PlannedItem['kind']> = Extract<PlannedItem, { kind: Kind }>;

const ofKind = <Kind extends PlannedItem['kind']>(plan: readonly PlannedItem[], kind: Kind): Planned<Kind>[] =>
  plan.filter((item): item is Planned<Kind> => item.kind === kind);

/** True when something of the plan is to be written. */
export function writesSomething(plan: readonly PlannedItem[]): boolean {
  return plan.some(({ kind }) => kind === 'create' || kind === 'patch' || kind === 'delete');
}

/**
 * Everything of a plan with the answer of its key, or nothing.
 * @throws RulesChanged; the database's error: 22012 when a row is not what the plan took it for, 23505, 23514, 40P01.
 */
export async function writeBatch(
  tx: TenantTransaction,
  plan: readonly PlannedItem[],
  {
    at,
    change,
    rules,
    key,
    answer,
  }: { at: string; change: Change; rules: AttributeRules; key: IdempotencyKey | undefined; answer: Answer },
): Promise<void> {
  const { actor, traceId, traceparent } = change;
  const [creates, patches, deletes] = [ofKind(plan, 'create'), ofKind(plan, 'patch'), ofKind(plan, 'delete')];
  const ids = [...patches, ...deletes].map(({ before }) => before.id);
  tx.changes(ids);
  const sent: Promise<unknown>[] = [];
  if (ids.length > 0) sent.push(tx.run(statements.lockCustomers, [ids]));
  if (deletes.length > 0) {
    const input = deletes.map(({ before }) => `{"id":"${before.id}","v":${before.version},"b":${before.document},"e":"${uuidv7()}"}`);
    sent.push(tx.run(statements.deleteCustomers, [`[${input.join(',')}]`, at, actor, traceId, traceparent]));
  }
  if (patches.length > 0)
    sent.push(tx.run(statements.updateCustomers, [`[${patches.map(toInput).join(',')}]`, actor, traceId, traceparent]));
  if (creates.length > 0) {
    const rows = creates.toSorted(byWhatIsTakenOnce).map(({ after, attributes }) => ({
      ...change,
      ...attributes,
      eventId: uuidv7(),
      id: after.id,
      document: JSON.stringify(after),
      key: undefined,
    }));
    sent.push(createAll(tx, rows));
  }
  if (key !== undefined)
    sent.push(tx.run(statements.rememberAnswer, [key.key, key.requestHash, JSON.stringify(answer.headers), answer.body]));
  if ([...creates, ...patches].some(({ attributes }) => attributes !== undefined))
    sent.push(tx.run(statements.requireRules, [rules.version]));
  await Promise.all(sent);
}

/** Place → name of the constraint an item would break, given what is stored now. */
export async function findConflicts(tx: TenantTransaction, plan: readonly PlannedItem[]): Promise<Map<number, string>> {
  const deleted = ofKind(plan, 'delete').map(({ before }) => before.id);
  const changing = (field: string) =>
    ofKind(plan, 'patch')
      .filter(({ changed }) => changed.includes(field))
      .map(({ before }) => before.id);
  const input = plan.flatMap((item, at) => {
    if (item.kind !== 'create' && item.kind !== 'patch') return [];
    const sets = (field: string) => item.kind === 'create' || item.changed.includes(field);
    const { id, email, externalId } = item.after;
    return [{ at, id, n: item.kind === 'create', ...(sets('email') ? { email } : {}), ...(sets('externalId') ? { externalId } : {}) }];
  });
  const [taken, open] = await Promise.all([
    tx.run(statements.findConflicts, [JSON.stringify(input), deleted, changing('email'), changing('externalId')]),
    tx.run(statements.findOpenAccounts, [deleted]),
  ]);
  const blocked = new Set(open.map(({ id }) => id));
  return new Map([
    ...taken.map(({ at, constraint }): [number, string] => [at as number, constraint as string]),
    ...plan.flatMap((item, at): [number, string][] =>
      item.kind === 'delete' && blocked.has(item.before.id) ? [[at, 'customers_deleted_has_no_open_accounts']] : [],
    ),
  ]);
}

/** One order for everybody, so that of two batches that want the same addresses one waits for the other and neither for each other. */
const byWhatIsTakenOnce = (one: Planned<'create'>, other: Planned<'create'>): number =>
  takenOnce(one).localeCompare(takenOnce(other), 'en');

const takenOnce = ({ after: { email, externalId } }: Planned<'create'>): string => `${email?.toLowerCase() ?? ''} ${externalId ?? ''}`;

function toInput({ before, after, changed, attributes }: Planned<'patch'>): string {
  const indexed = attributes?.indexed === undefined ? '' : `,"x":${JSON.stringify(attributes.indexed)}`;
  const rules = attributes === undefined ? '' : ',"r":true';
  return `{"v":${before.version},"b":${before.document},"d":${JSON.stringify(after)},"c":${JSON.stringify(changed)},"e":"${uuidv7()}"${rules}${indexed}}`;
}
