import { archivedProblem } from '../../archive/archive-floor.ts';
import type { CursorScope, Cursors } from '../../http/cursor.ts';
import type { PlainAnswer } from '../../http/plain.ts';
import { Problem } from '../../problem.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import * as statements from './transaction-statements.ts';

interface StatementRequest {
  readonly from: string;
  readonly to: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** What all pages of a statement share; travels in the cursor, so that later pages neither compute it again nor differ. */
interface Summary {
  readonly currency: string;
  /** The account's version the statement is of: later postings are not in it, whenever they are booked. */
  readonly version: number;
  readonly opening: string;
  readonly closing: string;
  readonly credit: string;
  readonly debit: string;
  readonly count: number;
}

interface Entry {
  readonly bookedAt: Date;
  readonly accountVersion: number;
  readonly document: string;
}

type Position = readonly [summary: Summary, bookedAt: string, accountVersion: number];

/** A page of an account's statement. @throws Problem not-found, invalid-request, invalid-cursor, archived. */
export async function accountStatement(
  parts: { readonly door: Door; readonly cursors: Cursors },
  tenant: Tenant,
  accountId: string,
  { from, to, limit, cursor }: StatementRequest,
): Promise<PlainAnswer> {
  if (from >= to) {
    throw new Problem('invalid-request', 'The period is empty.', { errors: [{ pointer: '/query/to', detail: 'must be later than from' }] });
  }
  const scope: CursorScope = { tenantId: tenant.tenantId, operationId: 'accountStatement', query: `${accountId} ${from} ${to}` };
  const { summary, entries, archived } =
    cursor === undefined
      ? await begin(parts.door, tenant, accountId, { from, to, limit })
      : await goOn(parts.door, tenant, accountId, { from, to, limit }, JSON.parse(parts.cursors.decode(scope, cursor)) as Position);
  if (archived !== undefined) throw archivedProblem('transactions', archived.archivedBefore as string);
  const last = entries[limit - 1];
  const position: Position | undefined =
    last && entries.length > limit ? [summary, last.bookedAt.toISOString(), last.accountVersion] : undefined;
  const { currency, opening, closing, credit, debit, count } = summary;
  const head = {
    accountId,
    currency,
    from,
    to,
    openingBalanceMinor: opening,
    closingBalanceMinor: closing,
    totals: { creditMinor: credit, debitMinor: debit, count },
  };
  const page = { next: position ? parts.cursors.encode(scope, JSON.stringify(position)) : null, limit };
  const items = entries.slice(0, limit).map(({ document }) => document);
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: `${JSON.stringify(head).slice(0, -1)},"items":[${items.join(',')}],"page":${JSON.stringify(page)}}`,
  };
}

type Asked = Pick<StatementRequest, 'from' | 'to' | 'limit'>;

// Whether the archive has some of it is asked behind the entries, so that what left in between is not missed.

async function begin(door: Door, tenant: Tenant, accountId: string, { from, to, limit }: Asked) {
  const [rows, [archived]] = await door.read(tenant, (tx) =>
    Promise.all([
      tx.run(statements.statementBegin, [accountId, from, to, limit + 1]),
      tx.run(statements.statementArchived, [accountId, from]),
    ]),
  );
  const [first] = rows as unknown as [(Summary & Entry) | undefined];
  if (first === undefined) throw new Problem('not-found', 'There is no such account.');
  const { currency, version, opening, closing, credit, debit, count } = first;
  // An account without entries still has its summary, in a row without a document.
  const entries = rows.filter(({ document }) => document !== null) as unknown as Entry[];
  return { summary: { currency, version, opening, closing, credit, debit, count }, entries, archived };
}

async function goOn(door: Door, tenant: Tenant, accountId: string, { from, to, limit }: Asked, position: Position) {
  const [summary, bookedAt, accountVersion] = position;
  const [rows, [archived]] = await door.read(tenant, (tx) =>
    Promise.all([
      tx.run(statements.statementContinue, [accountId, bookedAt, accountVersion, to, summary.version, limit + 1]),
      tx.run(statements.statementArchived, [accountId, from]),
    ]),
  );
  return { summary, entries: rows as unknown as Entry[], archived };
}
