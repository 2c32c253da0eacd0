import { z } from 'zod';
import { AccountId } from './accounts.ts';
import { Instant } from './instant.ts';
import { LINK_HEADER, listQuery } from './listing.ts';
import { AmountMinor, Currency } from './money.ts';
import { operation } from './operation.ts';
import { PageCursor, PageLimit, pageOf } from './page.ts';
import { text } from './text.ts';

export const TransactionId = z.uuid().meta({ description: 'UUIDv7, made by the service.' });

/** Kinds a caller may post. */
const POSTED_KINDS = ['deposit', 'withdrawal', 'fee', 'interest', 'adjustment'] as const;
/** All kinds: `transfer` comes from a transfer, `reversal` from taking a transaction back. */
export const TRANSACTION_KINDS = [...POSTED_KINDS, 'transfer', 'reversal'] as const;

/** A reference of the caller's own books and words for people; both optional. */
export const postingFields = {
  bookedAt: Instant.optional().meta({
    description: 'When it counts; statements go by it. The time of the request when absent. May be in the past, never in the future.',
  }),
  reference: text(140).nullable().default(null).meta({ description: 'E.g. an invoice number. Not unique.' }),
  description: text(500).nullable().default(null),
  currency: Currency.optional().meta({ description: 'When given, must be the account’s: a guard against posting to the wrong account.' }),
};

export const transactionExample = {
  id: '019a9a4f-0c2d-7e3f-9a10-5d6e7f809142',
  accountId: '019a9a4e-7b1c-7d2e-8f00-4c5d6e7f8091',
  accountVersion: 2,
  kind: 'deposit',
  amountMinor: '1250',
  currency: 'EUR',
  balanceAfterMinor: '1250',
  bookedAt: '2026-11-22T14:00:00.000Z',
  createdAt: '2026-11-22T14:00:01.000Z',
  reference: 'INV-2026-118',
  description: null,
  transferId: null,
  reverses: null,
  reversedBy: null,
} as const;

/** A transaction as every answer shows it. It never changes; only `reversedBy` may be set once. */
export const Transaction = z
  .strictObject({
    id: TransactionId,
    accountId: AccountId,
    accountVersion: z.int().min(1).meta({ description: 'The version of the account this posting made.' }),
    kind: z.enum(TRANSACTION_KINDS),
    amountMinor: AmountMinor.meta({ description: 'Added to the balance, in minor units: negative when money leaves the account.' }),
    currency: Currency,
    balanceAfterMinor: AmountMinor.meta({ description: 'The account’s balance after this posting, in the order of posting.' }),
    bookedAt: z.iso.datetime({ precision: 3 }).meta({ description: 'When it counts; statements go by it.' }),
    createdAt: z.iso.datetime({ precision: 3 }).meta({ description: 'When it was posted.' }),
    reference: z.string().nullable(),
    description: z.string().nullable(),
    transferId: z.uuid().nullable().meta({ description: 'The same for both postings of a transfer.' }),
    reverses: TransactionId.nullable().meta({ description: 'The transaction this one takes back.' }),
    reversedBy: TransactionId.nullable().meta({ description: 'The transaction that took this one back.' }),
  })
  .meta({ id: 'Transaction', example: transactionExample });

/** The body of POST. */
export const NewTransaction = z
  .strictObject({
    kind: z.enum(POSTED_KINDS),
    amountMinor: AmountMinor.refine((amount) => amount !== '0', 'must not be zero').meta({
      description:
        'Added to the balance, in minor units: positive for a deposit, negative for a withdrawal and a fee, either for the others.',
    }),
    ...postingFields,
  })
  .refine(({ kind, amountMinor }) => kind !== 'deposit' || !amountMinor.startsWith('-'), {
    path: ['amountMinor'],
    message: 'must be positive for a deposit',
  })
  .refine(({ kind, amountMinor }) => (kind !== 'withdrawal' && kind !== 'fee') || amountMinor.startsWith('-'), {
    path: ['amountMinor'],
    message: 'must be negative for a withdrawal and a fee',
  })
  .meta({ id: 'NewTransaction' });

/** The body of a reversal. */
export const NewReversal = z
  .strictObject({ bookedAt: postingFields.bookedAt, reference: postingFields.reference, description: postingFields.description })
  .meta({ id: 'NewReversal' });

/** A sum of many amounts may have more digits than one of them. */
const Total = z.string().regex(/^(?:0|[1-9]\d*)$/);
/** A balance at an earlier time of booking: entries may be booked in any order, so it knows no limit an account has. */
const PastBalance = z.string().regex(/^(?:0|-?[1-9]\d*)$/);

/** Transactions of a period, with the balance before and after it. */
export const Statement = z
  .strictObject({
    accountId: AccountId,
    currency: Currency,
    from: z.iso.datetime({ precision: 3 }),
    to: z.iso.datetime({ precision: 3 }),
    openingBalanceMinor: PastBalance.meta({ description: 'Sum of everything booked before `from`.' }),
    closingBalanceMinor: PastBalance.meta({ description: 'Opening balance plus all entries of the period.' }),
    totals: z
      .strictObject({ creditMinor: Total, debitMinor: Total, count: z.int().min(0) })
      .meta({ description: 'Of all entries of the period, on whatever page: what came in, what went out (without sign), how many.' }),
    items: z.array(Transaction).meta({ description: 'Oldest first.' }),
    page: z.strictObject({ next: z.string().nullable(), limit: z.int() }),
  })
  .meta({ id: 'Statement' });

const TransactionPage = pageOf(Transaction).meta({ id: 'TransactionPage' });
const ofAccount = z.strictObject({ id: AccountId });
const params = z.strictObject({ id: TransactionId });
const everyone = ['admin', 'editor', 'viewer', 'machine'] as const;
const editors = ['admin', 'editor', 'machine'] as const;
const replayed = { 'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.' };
const address = { Location: 'Address of the transaction.' };

/** Why a posting may be refused; transfers and reversals as well. */
export const POSTING_PROBLEMS = [
  'malformed-json',
  'invalid-request',
  'tenant-read-only',
  'not-found',
  'account-not-active',
  'insufficient-funds',
  'balance-out-of-range',
  'body-too-large',
  'unsupported-media-type',
  'idempotency-key-reused',
] as const;

export const postTransaction = operation({
  id: 'postTransaction',
  method: 'POST',
  path: '/v1/accounts/{id}/transactions',
  tag: 'Transactions',
  summary: 'Post a transaction to an account',
  description: 'The balance changes with it, or neither does. Transactions are never changed or deleted: see reverseTransaction.',
  roles: editors,
  writes: true,
  idempotent: true,
  params: ofAccount,
  body: {
    kind: 'json',
    schema: NewTransaction,
    example: { kind: 'deposit', amountMinor: '1250', bookedAt: transactionExample.bookedAt, reference: 'INV-2026-118' },
  },
  success: {
    status: 201,
    description: 'The transaction as posted.',
    body: Transaction,
    example: transactionExample,
    headers: { ...address, ...replayed },
  },
  problems: [...POSTING_PROBLEMS, 'currency-mismatch'],
});

export const listAccountTransactions = operation({
  id: 'listAccountTransactions',
  method: 'GET',
  path: '/v1/accounts/{id}/transactions',
  tag: 'Transactions',
  summary: 'List the transactions of an account',
  description: 'Booked last first unless sorted otherwise.',
  roles: everyone,
  writes: false,
  params: ofAccount,
  query: z.strictObject(
    listQuery({
      sorts: ['bookedAt', 'accountVersion', 'amountMinor'],
      defaultSort: '-bookedAt,-accountVersion',
      fields: Object.keys(transactionExample),
    }),
  ),
  filters: {
    bookedAt: { type: 'instant', operators: ['eq', 'lt', 'lte', 'gt', 'gte'] },
    createdAt: { type: 'instant', operators: ['eq', 'lt', 'lte', 'gt', 'gte'] },
    kind: { type: 'choice', choices: TRANSACTION_KINDS, operators: ['eq', 'in', 'ne'] },
    amountMinor: { type: 'integer', operators: ['eq', 'lt', 'lte', 'gt', 'gte'] },
    reference: { type: 'text', operators: ['eq', 'in'] },
    transferId: { type: 'id', operators: ['eq', 'in'] },
  },
  success: {
    status: 200,
    description: 'A page of transactions.',
    body: TransactionPage,
    example: { items: [transactionExample], page: { next: null, limit: 50 } },
    headers: {
      ...LINK_HEADER,
      'Archived-Before': 'Only where transactions of this account are in the archive: all of them were booked before this instant.',
    },
  },
  problems: ['invalid-request', 'invalid-cursor', 'not-found'],
});

export const getTransaction = operation({
  id: 'getTransaction',
  method: 'GET',
  path: '/v1/transactions/{id}',
  tag: 'Transactions',
  summary: 'Get a transaction',
  roles: everyone,
  writes: false,
  params,
  success: { status: 200, description: 'The transaction.', body: Transaction, example: transactionExample },
  problems: ['invalid-request', 'not-found', 'archived'],
});

export const reverseTransaction = operation({
  id: 'reverseTransaction',
  method: 'POST',
  path: '/v1/transactions/{id}:reverse',
  tag: 'Transactions',
  summary: 'Take a transaction back',
  description:
    'Posts the counter-entry: the same amount with the other sign, once, whole. Of a transfer both sides are taken back together. ' +
    'The balance rules hold as for any posting; a reversal itself cannot be reversed, nor can what has moved to the archive: post an adjustment.',
  roles: editors,
  writes: true,
  idempotent: true,
  params,
  body: { kind: 'json', schema: NewReversal, example: { description: 'Entered twice' } },
  success: {
    status: 201,
    description: 'The counter-entry of the transaction named in the path.',
    body: Transaction,
    example: {
      ...transactionExample,
      id: '019a9a50-1d3e-7f40-8b21-6e7f8091a253',
      accountVersion: 3,
      kind: 'reversal',
      amountMinor: '-1250',
      balanceAfterMinor: '0',
      reference: null,
      description: 'Entered twice',
      reverses: transactionExample.id,
    },
    headers: { ...address, ...replayed },
  },
  problems: [...POSTING_PROBLEMS, 'transaction-reversed', 'transaction-not-reversible', 'archived'],
});

export const accountStatement = operation({
  id: 'accountStatement',
  method: 'GET',
  path: '/v1/accounts/{id}/statement',
  tag: 'Transactions',
  summary: 'Get a statement of an account',
  description:
    'Entries booked from `from` up to, but not including, `to`, oldest first. Opening balance plus all entries is the closing balance. ' +
    'The pages of one statement belong together: what is posted while they are read is not in it.',
  roles: everyone,
  writes: false,
  params: ofAccount,
  query: z.strictObject({ from: Instant, to: Instant, limit: PageLimit, cursor: PageCursor }),
  success: {
    status: 200,
    description: 'A page of the statement.',
    body: Statement,
    example: {
      accountId: transactionExample.accountId,
      currency: 'EUR',
      from: '2026-11-01T00:00:00.000Z',
      to: '2026-12-01T00:00:00.000Z',
      openingBalanceMinor: '0',
      closingBalanceMinor: '1250',
      totals: { creditMinor: '1250', debitMinor: '0', count: 1 },
      items: [transactionExample],
      page: { next: null, limit: 50 },
    },
  },
  problems: ['invalid-request', 'invalid-cursor', 'not-found', 'archived'],
});

export type Transaction = z.infer<typeof Transaction>;
export type NewTransaction = z.infer<typeof NewTransaction>;
export type NewReversal = z.infer<typeof NewReversal>;
export type Statement = z.infer<typeof Statement>;
