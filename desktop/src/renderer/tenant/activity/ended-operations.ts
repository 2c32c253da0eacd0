import type { LongOperation } from '@tenantry/contracts';
import { isUnderWay } from './operation-queries.ts';

type Standing = Pick<LongOperation, 'id' | 'status' | 'actor' | 'createdAt' | 'finishedAt'>;

/** What concerns one person of what runs in the background of a tenant. */
export interface OwnActivity<Operation> {
  readonly underWay: readonly Operation[];
  /** Over, and not looked at since. */
  readonly unseen: readonly Operation[];
  /** When the last of them ended: whoever looks now has seen everything until then. */
  readonly until: string | undefined;
}

/** @param seenUntil undefined while it is not known, null for who never looked: everything from before is old news to them */
export function ownActivity<Operation extends Standing>(
  operations: readonly Operation[],
  subject: string | undefined,
  seenUntil: string | null | undefined,
): OwnActivity<Operation> {
  const own = operations.filter(({ actor }) => actor === subject);
  const ended = own.filter((operation) => !isUnderWay(operation) && operation.finishedAt !== null);
  return {
    underWay: own.filter(isUnderWay),
    unseen: typeof seenUntil === 'string' ? ended.filter(({ finishedAt }) => (finishedAt ?? '') > seenUntil) : [],
    until: ended
      .map(({ finishedAt }) => finishedAt ?? '')
      .toSorted()
      .at(-1),
  };
}

/**
 * Which ended between two looks: under way at the first, or begun since, and over at the second. A cancelled one ended because somebody wanted it to.
 * @param before undefined at the first look, which tells nothing
 */
export function endedBetween<Operation extends Standing>(before: readonly Standing[] | undefined, now: readonly Operation[]): Operation[] {
  if (before === undefined) return [];
  const wereUnderWay = new Set(before.filter(isUnderWay).map(({ id }) => id));
  const last =
    before
      .map(({ createdAt }) => createdAt)
      .toSorted()
      .at(-1) ?? '';
  return now.filter(
    (operation) =>
      (wereUnderWay.has(operation.id) || operation.createdAt > last) && !isUnderWay(operation) && operation.status !== 'cancelled',
  );
}
