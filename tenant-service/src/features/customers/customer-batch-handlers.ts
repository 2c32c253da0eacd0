import type { operations } from '@tenantry/contracts';
import type { AttributeRules } from '../../attributes/attribute-rules.ts';
import { type AttributeSchemas, RulesChanged } from '../../attributes/attribute-schemas.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { Call } from '../../http/pipeline.ts';
import { type Answer, type IdempotencyKey, idempotencyKeyOf, storedAnswer } from '../../journal/idempotency-keys.ts';
import type { TenantLimits } from '../../limits/tenant-limits.ts';
import { sqlState } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';
import type { Door } from '../../tenancy/doors.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import { changeOf, JSON_TYPE, openAccounts, taken } from './customer-answers.ts';
import { namedIds, type PlannedItem, planBatch, resultOf } from './customer-batch-plan.ts';
import { findConflicts, writeBatch, writesSomething } from './customer-batch-repository.ts';
import { findCustomers } from './customer-repository.ts';

type BatchCall = Call<(typeof operations)['batchCustomers']>;

/** How often a batch that meets other writers is planned anew. Each time finds what refused it, so a second time is rare. */
const ATTEMPTS = 10;
/** A row was not what the plan took it for; a unique or a check constraint; a deadlock with somebody's single writes. */
const MET_ANOTHER: ReadonlySet<string | undefined> = new Set(['22012', '23505', '23514', '40P01']);

/** Many changes in one transaction: read what is named, plan, write all that can be done with the key, and plan again when that failed. */
export function customerBatchHandlers({
  door,
  attributeSchemas,
  limits,
}: {
  door: Door;
  attributeSchemas: AttributeSchemas;
  limits: Pick<TenantLimits, 'hasRoom' | 'requireRoom' | 'addCustomers'>;
}): Handlers<'batchCustomers'> {
  const attempt = async (call: BatchCall, state: BatchState, rules: AttributeRules): Promise<Answer | undefined> => {
    const { tenant, body } = call;
    const { at, key, refused } = state;
    const ids = namedIds(body.items);
    const stored = ids.length === 0 ? new Map() : await door.read(tenant, (tx) => findCustomers(tx, ids));
    const plan = planBatch(body.items, { actor: call.actor, stored, newIds: state.newIds, at, rules, refused });
    if (plan.some(isInvalid) && !(await attributeSchemas.areCurrent(tenant, rules)))
      throw new RulesChanged('an item was refused by an old schema');
    if (body.atomic) refuseAll(plan, state.instance);
    const answer = answerOf(plan, state.instance);
    if (!writesSomething(plan)) return (key && (await storedAnswer(door, tenant, key))) ?? answer;
    const growth = growthOf(plan);
    if (growth > 0 && !limits.hasRoom(tenant, growth)) {
      const repeated = key && (await storedAnswer(door, tenant, key));
      if (repeated !== undefined) return repeated;
      limits.requireRoom(tenant, growth);
    }
    try {
      await door.write(tenant, (tx) => writeBatch(tx, plan, { at, change: changeOf(call), rules, key, answer }));
      limits.addCustomers(tenant, growth);
      return answer;
    } catch (error) {
      if (!MET_ANOTHER.has(sqlState(error))) throw error;
      const replayed = key && (await storedAnswer(door, tenant, key));
      if (replayed !== undefined) return replayed;
      if ((await attributeSchemas.current(tenant)).version !== rules.version) throw new RulesChanged('the schema changed under a batch');
      const conflicts = await door.read(tenant, (tx) => findConflicts(tx, plan));
      for (const [place, constraint] of conflicts) refused.set(place, refusalOf(constraint, error));
      return undefined;
    }
  };

  return {
    batchCustomers: async (call) => {
      const state: BatchState = {
        key: idempotencyKeyOf('batchCustomers', call),
        at: new Date().toISOString(),
        newIds: call.body.items.map(() => uuidv7()),
        instance: `urn:uuid:${call.trace.requestId}`,
        refused: new Map(),
      };
      for (let round = 1; round <= ATTEMPTS; round += 1) {
        const answer = await attributeSchemas.checked(call.tenant, (rules) => attempt(call, state, rules));
        if (answer !== undefined) return answer;
      }
      throw new Problem('unavailable', 'The batch met other changes again and again. Repeat it.', { headers: { 'retry-after': '1' } });
    },
  };
}

/** How many customers more there are afterwards. */
const growthOf = (plan: readonly PlannedItem[]): number =>
  plan.reduce((sum, { kind }) => sum + (kind === 'create' ? 1 : kind === 'delete' ? -1 : 0), 0);

/** What stays the same however often a batch is tried. */
interface BatchState {
  readonly key: IdempotencyKey | undefined;
  readonly at: string;
  readonly newIds: readonly string[];
  readonly instance: string;
  /** What the database has refused so far, by place. */
  readonly refused: Map<number, Problem>;
}

const isInvalid = (item: PlannedItem): boolean => item.kind === 'refused' && item.problem.code === 'invalid-request';

function answerOf(plan: readonly PlannedItem[], instance: string): Answer {
  return { status: 200, headers: JSON_TYPE, body: `{"results":[${plan.map((item) => resultOf(item, instance)).join(',')}]}` };
}

/** @throws Problem batch-refused. */
function refuseAll(plan: readonly PlannedItem[], instance: string): void {
  const refused = plan.flatMap((item, index) => (item.kind === 'refused' ? [{ index, problem: item.problem.document(instance) }] : []));
  if (refused.length === 0) return;
  throw new Problem('batch-refused', `${refused.length} of ${plan.length} items cannot be done, so none was.`, {
    errors: refused.slice(0, 20).map(({ index, problem }) => ({ pointer: `/items/${index}`, detail: String(problem.detail) })),
    members: { refused },
  });
}

function refusalOf(constraint: string, cause: unknown): Problem {
  return constraint === 'customers_deleted_has_no_open_accounts' ? openAccounts(cause) : taken(constraint, cause);
}
