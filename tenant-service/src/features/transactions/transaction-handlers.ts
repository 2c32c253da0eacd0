import { archiveFloor } from '../../archive/archive-floor.ts';
import type { Cursors } from '../../http/cursor.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { Call } from '../../http/pipeline.ts';
import type { PlainAnswer } from '../../http/plain.ts';
import { idempotencyKeyOf, storedAnswer } from '../../journal/idempotency-keys.ts';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { uuidv7, uuidv7Time } from '../../uuid-v7.ts';
import { accountStatement } from './account-statement.ts';
import { postingRefusal } from './posting-refusal.ts';
import { type Posting, postTogether } from './posting-statement.ts';
import { transactionList } from './transaction-list.ts';
import { TransactionPoster } from './transaction-poster.ts';
import * as statements from './transaction-statements.ts';

type TransactionHandlers = Handlers<
  | 'postTransaction'
  | 'listAccountTransactions'
  | 'getTransaction'
  | 'reverseTransaction'
  | 'accountStatement'
  | 'createTransfer'
  | 'getTransfer'
>;

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;
/** Clocks of callers may be ahead of ours by this much. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** The operations on transactions and transfers. */
export function transactionHandlers(parts: {
  door: Door;
  heavy: { readonly door: Door };
  cursors: Cursors;
  metrics: Metrics;
}): TransactionHandlers {
  const { door } = parts;
  const heavy = { door: parts.heavy.door, cursors: parts.cursors };
  const poster = new TransactionPoster(door, parts.metrics);

  const one = async (tenant: Tenant, statement: Parameters<typeof find>[2], id: string, what: string): Promise<PlainAnswer> => {
    const row = await find<{ document: string }>(door, tenant, statement, id);
    if (row === undefined) throw await missing(door, tenant, id, what);
    return { status: 200, headers: JSON_TYPE, body: row.document };
  };

  return {
    postTransaction: async (call) => {
      const posting: Posting = {
        ...posted(call),
        accountId: call.params.id.toLowerCase(),
        kind: call.body.kind,
        amountMinor: call.body.amountMinor,
        currency: call.body.currency,
        key: idempotencyKeyOf('postTransaction', call),
      };
      return await poster.post(call.tenant, posting, (refused) => postingRefusal(refused, posting.amountMinor));
    },

    listAccountTransactions: async (call) => {
      const accountId = call.params.id.toLowerCase();
      const [account, page] = await Promise.all([
        find<{ archivedBefore: string | null }>(heavy.door, call.tenant, statements.findAccount, accountId),
        transactionList.answer(heavy, call, { where: [['t.account_id = ?::uuid', [accountId]]] }),
      ]);
      if (account === undefined) throw notFound('account');
      if (account.archivedBefore === null) return page;
      return { ...page, headers: { ...page.headers, 'archived-before': account.archivedBefore } };
    },

    getTransaction: ({ tenant, params }) => one(tenant, statements.findTransaction, params.id, 'transaction'),

    reverseTransaction: async (call) => {
      const { tenant } = call;
      const id = call.params.id.toLowerCase();
      const key = idempotencyKeyOf('reverseTransaction', call);
      const original = await find<Original>(door, tenant, statements.findTransaction, id);
      // Not moved a moment after it was taken back: what is as young as its answer's key keeps its original.
      if (original === undefined) throw await missing(door, tenant, id, 'transaction');
      if (original.kind === 'reversal')
        throw new Problem('transaction-not-reversible', 'Post a new transaction instead of reversing a reversal.');
      // Set once and for all, so looking is enough; when it is set while we post, the unique index tells.
      if ((JSON.parse(original.document) as { reversedBy: string | null }).reversedBy !== null) {
        const stored = key && (await storedAnswer(door, tenant, key));
        if (stored) return stored;
        throw alreadyReversed();
      }
      const transferId = original.transferId === null ? null : uuidv7();
      const entries = await entriesOf(door, tenant, id, original);
      // One side of a transfer alone is never taken back.
      if (original.transferId !== null && entries.length !== 2) throw await missing(door, tenant, original.transferId, 'transfer');
      const postings = entries.map(
        (entry, place): Posting => ({
          ...posted(call),
          accountId: entry.accountId,
          kind: 'reversal',
          amountMinor: negated(entry.amountMinor),
          currency: undefined,
          transferId,
          reversesId: entry.id,
          key: place === 0 ? key : undefined,
        }),
      );
      try {
        return await poster.postTogether(
          tenant,
          postings[0] as Posting,
          (tx) => postTogether(tx, postings),
          (refused, place) => postingRefusal(refused, (postings[place] as Posting).amountMinor),
        );
      } catch (error) {
        if (brokenUnique(error) === 'transactions_reversed_once') throw alreadyReversed(error);
        throw error;
      }
    },

    accountStatement: ({ tenant, params, query }) => accountStatement(heavy, tenant, params.id.toLowerCase(), query),

    createTransfer: async (call) => {
      const { fromAccountId, toAccountId, amountMinor, currency } = call.body;
      const transferId = uuidv7();
      const side = (accountId: string, signed: string): Posting => ({
        ...posted(call),
        accountId: accountId.toLowerCase(),
        kind: 'transfer',
        amountMinor: signed,
        currency,
        transferId,
        key: undefined,
      });
      const headers = { ...JSON_TYPE, location: `/v1/transfers/${transferId}` };
      const debit = { ...side(fromAccountId, negated(amountMinor)), key: idempotencyKeyOf('createTransfer', call), headers };
      const credit = side(toAccountId, amountMinor);
      return await poster.transfer(call.tenant, [debit, credit], (refused, place) =>
        place === 0 ? postingRefusal(refused, debit.amountMinor, '/fromAccountId') : postingRefusal(refused, amountMinor, '/toAccountId'),
      );
    },

    getTransfer: ({ tenant, params }) => one(tenant, statements.findTransfer, params.id, 'transfer'),
  };
}

/** The transaction to be taken back, and what it belongs to. */
interface Original {
  readonly kind: string;
  readonly accountId: string;
  readonly amountMinor: string;
  readonly transferId: string | null;
  readonly document: string;
}

interface Entry {
  readonly id: string;
  readonly accountId: string;
  readonly amountMinor: string;
}

/** The transaction itself first; of a transfer then the other side. Both are written for good, so they can be read before. */
async function entriesOf(door: Door, tenant: Tenant, id: string, { accountId, amountMinor, transferId }: Original): Promise<Entry[]> {
  const itself = { id, accountId, amountMinor };
  if (transferId === null) return [itself];
  const legs = (await door.read(tenant, (tx) => tx.run(statements.findLegs, [transferId]))) as unknown as Entry[];
  return [itself, ...legs.filter((leg) => leg.id !== id)];
}

async function find<Found>(
  door: Door,
  tenant: Tenant,
  statement: (typeof statements)[keyof typeof statements],
  id: string,
): Promise<Found | undefined> {
  const [row] = await door.read(tenant, (tx) => tx.run(statement, [id]));
  return row as Found | undefined;
}

/** What every posting of a request has: who, when, and its own ids. @throws Problem invalid-request for a time to come. */
function posted({
  actor,
  trace,
  body,
}: Pick<Call, 'actor' | 'trace'> & { body: { bookedAt?: string | undefined; reference: string | null; description: string | null } }) {
  const now = Date.now();
  const at = new Date(now).toISOString();
  if (body.bookedAt !== undefined && Date.parse(body.bookedAt) > now + CLOCK_SKEW_MS) {
    throw new Problem('invalid-request', 'One part of the request is wrong.', {
      errors: [{ pointer: '/bookedAt', detail: 'must not be in the future' }],
    });
  }
  const id = uuidv7(now);
  return {
    id,
    at,
    bookedAt: body.bookedAt ?? at,
    reference: body.reference,
    description: body.description,
    actor: actor.subject,
    traceId: trace.traceId,
    traceparent: trace.traceparent,
    eventId: uuidv7(now),
    headers: { ...JSON_TYPE, location: `/v1/transactions/${id}` },
  };
}

const negated = (amountMinor: string): string => (amountMinor.startsWith('-') ? amountMinor.slice(1) : `-${amountMinor}`);

/** Why a transaction or a transfer is not there. Ids tell when they were made, so one that nobody made in the days that are kept may be archived. */
async function missing(door: Door, tenant: Tenant, id: string, what: string): Promise<Problem> {
  const madeAt = uuidv7Time(id);
  if (madeAt === undefined) return notFound(what);
  const before = await door.read(tenant, (tx) => archiveFloor(tx, 'transactions', new Date(madeAt).toISOString()));
  if (before === undefined) return notFound(what);
  const detail = `If there was such a ${what}, it is in the archive: GET /v1/archives?kind=transactions&of=${id}.`;
  return new Problem('archived', detail, { members: { before } });
}

function notFound(what: string): Problem {
  return new Problem('not-found', `There is no such ${what}.`);
}

function alreadyReversed(cause?: unknown): Problem {
  return new Problem('transaction-reversed', 'A transaction is reversed once. See its reversedBy.', { cause });
}
