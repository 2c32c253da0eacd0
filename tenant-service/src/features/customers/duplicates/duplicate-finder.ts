import type { Customer, DuplicateCandidate, DuplicatePair, DuplicateReason } from '@tenantry/contracts';
import { Op } from 'sequelize';
import { type CustomerRow, toCustomer } from '../../../models/customer-model.ts';
import type { TenantModels } from '../../../models/tenant-models.ts';
import type { ModelDoor, ModelTransaction } from '../../../tenancy/model-door.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import { notFound } from '../customer-answers.ts';
import { mergedAway } from '../merging/merged-away.ts';
import { duplicateScore } from './duplicate-score.ts';
import { findDuplicates, setNameSimilarity } from './duplicate-statements.ts';

/** What is looked for. */
export interface DuplicateWishes {
  readonly by: DuplicateReason['kind'] | undefined;
  readonly minScore: number;
  readonly limit: number;
}

/** Where a walk over the pairs stands: at a customer, below one of its look-alikes. */
export interface PairPosition {
  readonly id: string;
  readonly below: string;
}

interface Found {
  readonly id: string;
  readonly score: number;
  readonly reasons: DuplicateReason[];
}

const HIGHEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const LOWEST = '00000000-0000-0000-0000-000000000000';
/** Customers that are walked before the next ones are read. */
const WALK = 50;
/** A page of pairs ends after this long: on a million customers one look takes tens of milliseconds. */
const BUDGET_MS = 1000;
/** Fewer letters have too few trigrams to be like anything. */
const NAME_LETTERS_MIN = 4;

/** Looks for customers that may be one; reads only. */
export class DuplicateFinder {
  readonly #door: ModelDoor;

  constructor(door: ModelDoor) {
    this.#door = door;
  }

  /** The most likely first. @throws Problem not-found, customer-merged. */
  of(tenant: Tenant, id: string, wishes: DuplicateWishes): Promise<DuplicateCandidate[]> {
    return this.#door.read(tenant, async (models, transaction) => {
      const customer = await models.customers.findByPk(id, { transaction });
      if (customer?.mergedInto) throw mergedAway(customer.mergedInto);
      if (customer === null || customer.deletedAt !== null) throw notFound();
      await transaction.run(setNameSimilarity, []);
      const found = await look(transaction, customer, wishes, null);
      const best = found.sort((a, b) => b.score - a.score || (a.id < b.id ? 1 : -1)).slice(0, wishes.limit);
      const documents = await documentsOf(models, transaction, best);
      return best.flatMap(({ id: other, score, reasons }) => {
        const document = documents.get(other);
        return document === undefined ? [] : [{ customer: document, score, reasons }];
      });
    });
  }

  /** Pairs behind a position, and where to go on; null at the end. At least one customer is looked at, however short `budgetMs`. */
  pairs(
    tenant: Tenant,
    after: PairPosition | undefined,
    wishes: DuplicateWishes,
    budgetMs = BUDGET_MS,
  ): Promise<{ readonly pairs: DuplicatePair[]; readonly next: PairPosition | null }> {
    return this.#door.read(tenant, async (models, transaction) => {
      await transaction.run(setNameSimilarity, []);
      const walk = await this.#walk(models, transaction, after ?? { id: HIGHEST, below: HIGHEST }, wishes, performance.now() + budgetMs);
      const documents = await documentsOf(models, transaction, walk.found);
      const pairs = walk.found.flatMap(({ customer, id, score, reasons }) => {
        const document = documents.get(id);
        return document === undefined ? [] : [{ customers: [toCustomer(customer), document], score, reasons }];
      });
      return { pairs, next: walk.next };
    });
  }

  async #walk(models: TenantModels, transaction: ModelTransaction, from: PairPosition, wishes: DuplicateWishes, until: number) {
    const found: (Found & { readonly customer: CustomerRow })[] = [];
    let at = from;
    for (let looked = 0; ; ) {
      const customers = await models.customers.findAll({
        where: { deletedAt: null, id: at.below === LOWEST ? { [Op.lt]: at.id } : { [Op.lte]: at.id } },
        order: [['id', 'DESC']],
        limit: WALK,
        transaction,
      });
      for (const customer of customers) {
        if (looked > 0 && performance.now() >= until) return { found, next: at };
        looked += 1;
        const below = customer.id === at.id ? at.below : customer.id;
        // One that takes too long is passed over, or nobody would ever get past it.
        const others = (await transaction.withinLimit(() => look(transaction, customer, wishes, below))) ?? [];
        for (const other of others) {
          if (found.length === wishes.limit) return { found, next: at };
          found.push({ ...other, customer });
          at = { id: customer.id, below: other.id };
        }
        at = { id: customer.id, below: LOWEST };
      }
      if (customers.length < WALK) return { found, next: null };
    }
  }
}

async function look(
  transaction: ModelTransaction,
  { id, email, phone, name }: CustomerRow,
  { by, minScore }: DuplicateWishes,
  below: string | null,
): Promise<Found[]> {
  const wanted = (kind: DuplicateReason['kind']) => by === undefined || by === kind;
  const isComparable = (name.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= NAME_LETTERS_MIN;
  const rows = (await transaction.run(findDuplicates, [
    id,
    wanted('email') ? email : null,
    wanted('phone') ? phone : null,
    isComparable && wanted('name') ? name : null,
    below,
  ])) as unknown as ({ readonly id: string } & DuplicateReason)[];
  const reasons = new Map<string, DuplicateReason[]>();
  for (const { id: other, kind, similarity } of rows) {
    reasons.set(other, [...(reasons.get(other) ?? []), { kind, similarity: Math.round(similarity * 100) / 100 }]);
  }
  return [...reasons]
    .map(([other, why]) => ({ id: other, score: duplicateScore(why), reasons: why }))
    .filter(({ score }) => score >= minScore);
}

async function documentsOf(models: TenantModels, transaction: ModelTransaction, found: readonly Found[]): Promise<Map<string, Customer>> {
  const rows = await models.customers.findAll({ where: { id: found.map(({ id }) => id), deletedAt: null }, transaction });
  return new Map(rows.map((row) => [row.id, toCustomer(row)]));
}
