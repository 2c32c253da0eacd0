import type { Customer, Merge, MergeRequest } from '@tenantry/contracts';
import type { AttributeRules } from '../../../attributes/attribute-rules.ts';
import { type AttributeSchemas, RulesChanged } from '../../../attributes/attribute-schemas.ts';
import { type Answer, answerParameter, type IdempotencyKey } from '../../../journal/idempotency-keys.ts';
import { type CustomerModel, toCustomer } from '../../../models/customer-model.ts';
import type { MergeRow } from '../../../models/merge-model.ts';
import type { TenantModels } from '../../../models/tenant-models.ts';
import { Problem } from '../../../problem.ts';
import type { ModelDoor, ModelTransaction } from '../../../tenancy/model-door.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import { uuidv7 } from '../../../uuid-v7.ts';
import { notFound, stale } from '../customer-answers.ts';
import type { Change } from '../customer-repository.ts';
import { checkChanged } from '../customer-updater.ts';
import { lockAccounts, moveAccounts, rulesVersion, storeMergeAnswer } from './merge-statements.ts';
import { mergedAway } from './merged-away.ts';
import { mergedCustomer, undoPlan } from './merged-customer.ts';

type StoredRow = InstanceType<CustomerModel>;

/** What a merge or its undoing is asked for with, beside which. */
interface Asked {
  readonly change: Change;
  readonly key: IdempotencyKey | undefined;
  /** The answer a repeat of the request gets. */
  readonly answer: (merge: Merge) => Answer;
}

/** Makes two customers one, and two again: each in one transaction that locks both, so whoever comes second meets what the first has done. */
export class CustomerMerger {
  readonly #door: ModelDoor;
  readonly #schemas: AttributeSchemas;

  constructor(door: ModelDoor, schemas: AttributeSchemas) {
    this.#door = door;
    this.#schemas = schemas;
  }

  /** @throws Problem not-found, customer-merged, version-stale, invalid-request; the database's error when a key exists. */
  merge(tenant: Tenant, id: string, ifMatch: number, request: MergeRequest, asked: Asked): Promise<Answer> {
    const from = request.from.toLowerCase();
    return this.#write(tenant, async (models, transaction, rules) => {
      const [survivor, other] = await lockBoth(models, transaction, { id, from, accountsOf: from, accounts: null });
      checkVersion(survivor, ifMatch);
      checkOther(other, request.fromVersion);
      const [survivorBefore, mergedBefore] = [toCustomer(survivor), toCustomer(other)];
      const { fields, changed } = mergedCustomer(survivorBefore, mergedBefore, request.take);
      const at = new Date();
      const survivorAfter: Customer = { ...survivorBefore, ...fields, version: survivor.version + 1, updatedAt: at.toISOString() };
      const attributes = checkChanged(survivorAfter, changed, rules);
      const moved = await move(transaction, { from, to: id, accounts: null, at, change: asked.change });

      // The one that goes first: its email address and external id are free then.
      await other.update(
        { deletedAt: at, updatedAt: at, version: other.version + 1, mergedInto: id, openAccounts: other.openAccounts - moved.open },
        { transaction },
      );
      const indexed = attributes === undefined ? survivor.indexed : (attributes.indexed ?? null);
      await survivor.update(
        { ...fields, indexed, version: survivorAfter.version, updatedAt: at, openAccounts: survivor.openAccounts + moved.open },
        { transaction },
      );
      const record: MergeRow = {
        id: uuidv7(),
        survivorId: id,
        mergedId: from,
        survivorBefore,
        survivorAfter,
        mergedBefore,
        changedFields: changed,
        accounts: moved.accounts,
        mergedAt: at,
        mergedBy: asked.change.actor,
        undoneAt: null,
        undoneBy: null,
      };
      await models.merges.create(record, { transaction });
      await journal(models, transaction, asked.change, at, [
        {
          change: 'merged',
          before: survivorBefore,
          after: survivorAfter,
          event: ['merged', { customer: survivorAfter, changed, mergeId: record.id, from }],
        },
        { change: 'merged', before: mergedBefore, after: null, event: ['deleted', { id: from, version: other.version, mergedInto: id }] },
      ]);
      return finish(transaction, record, asked);
    });
  }

  /** @throws Problem not-found, merge-conflict; the database's error when an email address, an external id or a key exists. */
  undo(tenant: Tenant, mergeId: string, asked: Asked): Promise<Answer> {
    return this.#write(tenant, async (models, transaction, rules) => {
      const row = await models.merges.findByPk(mergeId, { lock: transaction.LOCK.NO_KEY_UPDATE, transaction });
      if (row === null) throw noMerge();
      if (row.undoneAt !== null) throw conflict([{ pointer: '', detail: 'has been undone already' }]);
      const record = row.get({ plain: true });
      const { survivorId: id, mergedId: from, accounts } = record;
      const [survivor, other] = await lockBoth(models, transaction, { id, from, accountsOf: id, accounts });
      if (survivor === undefined || other === undefined) throw noMerge();
      const survivorBefore = toCustomer(survivor);
      const { fields, conflicts } = undoPlan(record, survivorBefore);
      const wrong = [
        ...(survivor.deletedAt === null ? [] : [{ pointer: '/survivor', detail: 'has been deleted or merged since' }]),
        ...(other.mergedInto === id ? [] : [{ pointer: '/merged', detail: 'is not merged any more' }]),
        ...conflicts.map((field) => ({ pointer: `/survivor/${field}`, detail: 'has been changed since' })),
      ];
      if (wrong.length > 0) throw conflict(wrong);

      const at = new Date();
      const moved = await move(transaction, { from: id, to: from, accounts, at, change: asked.change });
      const changed = Object.keys(fields);
      const indexed = fields.attributes === undefined ? survivor.indexed : (rules.indexed(fields.attributes) ?? null);
      // The survivor first: it gives the email address and external id back.
      await survivor.update(
        { ...fields, indexed, version: survivor.version + 1, updatedAt: at, openAccounts: survivor.openAccounts - moved.open },
        { transaction },
      );
      await other.update(
        { deletedAt: null, mergedInto: null, updatedAt: at, version: other.version + 1, openAccounts: other.openAccounts + moved.open },
        { transaction },
      );
      await row.update({ undoneAt: at, undoneBy: asked.change.actor }, { transaction });
      const [survivorAfter, restored] = [toCustomer(survivor), toCustomer(other)];
      await journal(models, transaction, asked.change, at, [
        {
          change: 'unmerged',
          before: survivorBefore,
          after: survivorAfter,
          event: ['unmerged', { customer: survivorAfter, changed, mergeId, from }],
        },
        { change: 'unmerged', before: null, after: restored, event: ['restored', { customer: restored }] },
      ]);
      return finish(transaction, { ...record, undoneAt: at, undoneBy: asked.change.actor }, asked);
    });
  }

  /** @throws Problem not-found. */
  async find(tenant: Tenant, mergeId: string): Promise<Merge> {
    const row = await this.#door.read(tenant, (models, transaction) => models.merges.findByPk(mergeId, { transaction }));
    if (row === null) throw noMerge();
    return toMerge(row);
  }

  /** In a transaction, with the rules its attributes are checked against. */
  #write<T>(tenant: Tenant, work: (models: TenantModels, transaction: ModelTransaction, rules: AttributeRules) => Promise<T>): Promise<T> {
    return this.#schemas.checked(tenant, (rules) =>
      this.#door.write(tenant, async (models, transaction) => {
        const [inForce] = await transaction.run(rulesVersion, []);
        if (inForce?.version !== rules.version) throw new RulesChanged();
        return work(models, transaction, rules);
      }),
    );
  }
}

/** Accounts, then customers, each in the order of ids: no two who lock both can wait for each other. */
async function lockBoth(
  models: TenantModels,
  transaction: ModelTransaction,
  { id, from, accountsOf, accounts }: { id: string; from: string; accountsOf: string; accounts: readonly string[] | null },
): Promise<[StoredRow | undefined, StoredRow | undefined]> {
  transaction.changes([id, from]);
  await transaction.run(lockAccounts, [accountsOf, accounts]);
  const rows = await models.customers.findAll({
    where: { id: [id, from] },
    order: [['id', 'ASC']],
    lock: transaction.LOCK.NO_KEY_UPDATE,
    transaction,
  });
  return [rows.find((row) => row.id === id), rows.find((row) => row.id === from)];
}

function checkVersion(survivor: StoredRow | undefined, ifMatch: number): asserts survivor is StoredRow {
  if (survivor?.mergedInto) throw mergedAway(survivor.mergedInto);
  if (survivor === undefined || survivor.deletedAt !== null) throw notFound();
  if (survivor.version !== ifMatch) throw stale(survivor.version);
}

function checkOther(other: StoredRow | undefined, version: number): asserts other is StoredRow {
  if (other === undefined || other.deletedAt !== null) {
    throw new Problem('not-found', 'There is no such customer to merge.', { errors: [{ pointer: '/from', detail: 'is no customer' }] });
  }
  if (other.version === version) return;
  throw new Problem('version-stale', `The customer to merge is in version ${other.version} now. Read it again and decide again.`, {
    errors: [{ pointer: '/fromVersion', detail: `is ${other.version} now` }],
  });
}

async function move(
  transaction: ModelTransaction,
  { from, to, accounts, at, change }: { from: string; to: string; accounts: readonly string[] | null; at: Date; change: Change },
): Promise<{ accounts: string[]; open: number }> {
  const rows = await transaction.run(moveAccounts, [from, to, accounts, at, change.actor, change.traceId, change.traceparent]);
  return { accounts: rows.map(({ id }) => id as string).sort(), open: rows.filter(({ open }) => open).length };
}

interface Step {
  readonly change: string;
  readonly before: Customer | null;
  readonly after: Customer | null;
  /** The verb of `dev.tenantry.customer.<verb>.v1`, and its data. */
  readonly event: readonly [string, object];
}

/** History and event of each customer that changed. */
async function journal(
  models: TenantModels,
  transaction: ModelTransaction,
  { actor, traceId, traceparent }: Change,
  at: Date,
  steps: readonly Step[],
): Promise<void> {
  const rows = steps.map(({ change, before, after, event: [verb, data] }) => {
    const aggregateId = (after ?? before)?.id as string;
    const version = after?.version ?? (before?.version ?? 0) + 1;
    const which = { aggregate: 'customer', aggregateId, version };
    return {
      history: { ...which, changedAt: at, actor, traceId, change, before, after },
      event: { ...which, id: uuidv7(), type: `dev.tenantry.customer.${verb}.v1`, occurredAt: at, traceparent, data },
    };
  });
  await models.history.bulkCreate(
    rows.map(({ history }) => history),
    { transaction },
  );
  await models.outbox.bulkCreate(
    rows.map(({ event }) => event),
    { returning: false, transaction },
  );
}

async function finish(transaction: ModelTransaction, record: MergeRow, { key, answer }: Asked): Promise<Answer> {
  const given = answer(toMerge(record));
  await transaction.run(storeMergeAnswer, [answerParameter(key, given)]);
  return given;
}

function toMerge(row: MergeRow): Merge {
  return {
    id: row.id,
    survivor: row.survivorAfter,
    merged: row.mergedBefore,
    changed: row.changedFields as Merge['changed'],
    accounts: row.accounts,
    mergedAt: row.mergedAt.toISOString(),
    mergedBy: row.mergedBy,
    undoneAt: row.undoneAt?.toISOString() ?? null,
    undoneBy: row.undoneBy,
  };
}

const noMerge = (): Problem => new Problem('not-found', 'There is no such merge.');

const conflict = (errors: readonly { pointer: string; detail: string }[]): Problem =>
  new Problem('merge-conflict', 'What the merge made has been changed since; undoing it would lose that.', { errors });
