import { z } from 'zod';
import { AccountId } from './accounts.ts';
import { Currency, PositiveAmountMinor } from './money.ts';
import { operation } from './operation.ts';
import { POSTING_PROBLEMS, postingFields, Transaction, transactionExample } from './transactions.ts';

const debit = {
  ...transactionExample,
  id: '019a9a51-2e4f-7051-9c32-7f8091a2b364',
  kind: 'transfer',
  amountMinor: '-1000',
  balanceAfterMinor: '250',
  accountVersion: 3,
  transferId: '019a9a51-2e4f-7050-8d43-8091a2b3c475',
} as const;
const credit = {
  ...debit,
  id: '019a9a51-2e4f-7052-ad54-91a2b3c4d586',
  accountId: '019a9a4e-8c2d-7e3f-9011-5d6e7f8091a2',
  amountMinor: '1000',
  balanceAfterMinor: '1000',
  accountVersion: 2,
} as const;
const example = {
  id: debit.transferId,
  fromAccountId: debit.accountId,
  toAccountId: credit.accountId,
  amountMinor: '1000',
  currency: 'EUR',
  debit,
  credit,
} as const;

/** Money moved between two accounts: one posting on each, both or none. */
export const Transfer = z
  .strictObject({
    id: z.uuid().meta({ description: 'UUIDv7, made by the service; `transferId` of both transactions.' }),
    fromAccountId: AccountId,
    toAccountId: AccountId,
    amountMinor: PositiveAmountMinor,
    currency: Currency,
    debit: Transaction.meta({ description: 'The posting on the account the money left.' }),
    credit: Transaction.meta({ description: 'The posting on the account it went to.' }),
  })
  .meta({ id: 'Transfer', example });

/** The body of POST. */
export const NewTransfer = z
  .strictObject({ fromAccountId: AccountId, toAccountId: AccountId, amountMinor: PositiveAmountMinor, ...postingFields })
  .refine(({ fromAccountId, toAccountId }) => fromAccountId.toLowerCase() !== toAccountId.toLowerCase(), {
    path: ['toAccountId'],
    message: 'must be another account than fromAccountId',
  })
  .meta({ id: 'NewTransfer' });

export const createTransfer = operation({
  id: 'createTransfer',
  method: 'POST',
  path: '/v1/transfers',
  tag: 'Transactions',
  summary: 'Move money between two accounts',
  description: 'Both accounts have the same currency. To take a transfer back, reverse either of its transactions.',
  roles: ['admin', 'editor', 'machine'],
  writes: true,
  idempotent: true,
  body: {
    kind: 'json',
    schema: NewTransfer,
    example: { fromAccountId: example.fromAccountId, toAccountId: example.toAccountId, amountMinor: '1000' },
  },
  success: {
    status: 201,
    description: 'The transfer as posted.',
    body: Transfer,
    example,
    headers: {
      Location: 'Address of the transfer.',
      'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.',
    },
  },
  problems: [...POSTING_PROBLEMS, 'currency-mismatch'],
});

export const getTransfer = operation({
  id: 'getTransfer',
  method: 'GET',
  path: '/v1/transfers/{id}',
  tag: 'Transactions',
  summary: 'Get a transfer',
  roles: ['admin', 'editor', 'viewer', 'machine'],
  writes: false,
  params: z.strictObject({ id: z.uuid() }),
  success: { status: 200, description: 'The transfer.', body: Transfer, example },
  problems: ['invalid-request', 'not-found', 'archived'],
});

export type Transfer = z.infer<typeof Transfer>;
export type NewTransfer = z.infer<typeof NewTransfer>;
