import type { AuditEntry } from '@tenantry/contracts';
import { Op, type WhereOptions } from 'sequelize';
import { fieldChanges } from '../../journal/field-changes.ts';
import type { Condition } from '../../listing/parse-filters.ts';
import type { HistoryRow } from '../../models/history-model.ts';
import type { ModelDoor } from '../../tenancy/model-door.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { FIRST_WIDTH_MS, firstSpan, narrowerSpan, nextSpan, type Span } from './audit-span.ts';

/** The last entry seen; entries are in falling order of time, id and version. */
export interface AuditPosition {
  readonly at: Date;
  readonly id: string;
  readonly version: number;
  /** Of the span it was found in: the next page need not feel its way again. */
  readonly widthMs: number;
}

const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const HIGHEST_VERSION = 2_147_483_647;
/** Above every entry, also above those of a replica whose clock is ahead. */
export const BEGINNING: AuditPosition = {
  at: new Date('9999-12-31T00:00:00Z'),
  id: HIGHEST_ID,
  version: HIGHEST_VERSION,
  widthMs: FIRST_WIDTH_MS,
};
/** A page ends after this long: a filter that matches little makes it look at much. */
const BUDGET_MS = 1000;

const OPERATORS = { eq: Op.eq, in: Op.in, gte: Op.gte, gt: Op.gt, lt: Op.lt, lte: Op.lte } as const;
/** As many as the operation's filters allow. */
type AuditOperator = keyof typeof OPERATORS;

/**
 * Reads history by time. There is no b-tree on the time (every write would pay for it), but a BRIN index, which finds a span of time and knows no
 * order: so the past is read span by span, each sorted, growing while they hold little and shrinking when they take long.
 */
export class AuditReader {
  readonly #door: ModelDoor;

  constructor(door: ModelDoor) {
    this.#door = door;
  }

  /** At most `limit` entries behind a position, and where to go on; null at the end. At least one span is read, however short `budgetMs`. */
  page(
    tenant: Tenant,
    after: AuditPosition,
    conditions: readonly Condition[],
    limit: number,
    budgetMs = BUDGET_MS,
  ): Promise<{ readonly entries: AuditEntry[]; readonly next: AuditPosition | null }> {
    const { where, oldest, newest, ofOne } = asked(conditions);
    return this.#door.read(tenant, async ({ history }, transaction) => {
      const until = performance.now() + budgetMs;
      const before = Math.min(after.at.getTime() + 1, newest);
      const read = (span: Span, limitOfSpan: number) =>
        history.findAll({
          where: { [Op.and]: [...where, within(span), ...(span.before === before ? [behind(after)] : [])] },
          order: [
            ['changedAt', 'DESC'],
            ['aggregateId', 'DESC'],
            ['version', 'DESC'],
          ],
          limit: limitOfSpan,
          raw: true,
          transaction,
        });
      // The rows of one thing are found by the primary key, however long ago they were written.
      let span: Span | null = ofOne ? { from: oldest, before, width: 0 } : firstSpan(before, Date.now(), oldest, after.widthMs);
      const rows: HistoryRow[] = [];
      let widthMs = after.widthMs;
      while (span !== null && rows.length <= limit) {
        const current: Span = span;
        const started = performance.now();
        const narrower = narrowerSpan(current, Date.now(), oldest);
        const room = limit + 1 - rows.length;
        const found = narrower === null ? await read(current, room) : await transaction.withinLimit(() => read(current, room));
        rows.push(...(found ?? []));
        widthMs = current.width;
        span = found === undefined ? narrower : nextSpan(current, performance.now() - started, oldest);
        if (span !== null && rows.length <= limit && performance.now() >= until) {
          const here = span.before === before ? after : { at: new Date(span.before - 1), id: HIGHEST_ID, version: HIGHEST_VERSION };
          return { entries: rows.map(toEntry), next: { ...here, widthMs: span.width } };
        }
      }
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return {
        entries: rows.slice(0, limit).map(toEntry),
        next: last === undefined ? null : { at: last.changedAt, id: last.aggregateId, version: last.version, widthMs },
      };
    });
  }
}

/** Filters as conditions of the model, and what they say about time. */
function asked(conditions: readonly Condition[]) {
  const where: WhereOptions<HistoryRow>[] = [];
  let [oldest, newest] = [0, Number.POSITIVE_INFINITY];
  for (const { field, operator, values } of conditions) {
    const [value = ''] = values;
    const symbol = OPERATORS[operator as AuditOperator];
    if (field === 'changedAt') {
      const time = new Date(value);
      where.push({ changedAt: { [symbol]: time } });
      if (operator === 'gte' || operator === 'gt') oldest = Math.max(oldest, time.getTime());
      else newest = Math.min(newest, time.getTime() + 1);
    } else where.push({ [field]: { [symbol]: operator === 'in' ? values : value } });
  }
  return { where, oldest, newest, ofOne: conditions.some(({ field }) => field === 'aggregateId') };
}

const within = ({ from, before }: Span): WhereOptions<HistoryRow> => ({
  changedAt: { [Op.gte]: new Date(from), [Op.lt]: new Date(before) },
});

function behind({ at, id, version }: AuditPosition): WhereOptions<HistoryRow> {
  return {
    [Op.or]: [
      { changedAt: { [Op.lt]: at } },
      { changedAt: at, aggregateId: { [Op.lt]: id } },
      { changedAt: at, aggregateId: id, version: { [Op.lt]: version } },
    ],
  };
}

function toEntry(row: HistoryRow): AuditEntry {
  const { aggregate, aggregateId, version, change, changedAt, actor, traceId, before, after } = row;
  return {
    aggregate,
    aggregateId,
    version,
    change: change as AuditEntry['change'],
    changedAt: changedAt.toISOString(),
    actor,
    traceId,
    changes: fieldChanges(before, after),
  };
}
