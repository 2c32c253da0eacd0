import { documentRow } from '../../journal/account-document.ts';
import { instantSql } from '../../listing/list-column.ts';

/**
 * JSON property of a transaction → SQL over a row of `transactions` (or of that shape) named `alias`, in the order of
 * contracts/http/transactions.ts. `reversedBy` is SQL of its own: a transaction just posted cannot have been taken back.
 */
export function transactionFields(alias: string, reversedBy = reversalOf(alias)): Readonly<Record<string, string>> {
  return {
    id: `${alias}.id`,
    accountId: `${alias}.account_id`,
    accountVersion: `${alias}.account_version`,
    kind: `${alias}.kind`,
    amountMinor: `${alias}.amount_minor::text`,
    currency: `${alias}.currency`,
    balanceAfterMinor: `${alias}.balance_after_minor::text`,
    bookedAt: instantSql(`${alias}.booked_at`),
    createdAt: instantSql(`${alias}.created_at`),
    reference: `${alias}.reference`,
    description: `${alias}.description`,
    transferId: `${alias}.transfer_id`,
    reverses: `${alias}.reverses_id`,
    reversedBy,
  };
}

/** JSON of a whole transaction; `json`, which keeps the order of properties. */
export const transactionJson = (alias: string, reversedBy?: string): string =>
  `row_to_json(${documentRow(transactionFields(alias, reversedBy))})`;

/** JSON of a transfer, of the rows of its two transactions and their documents. */
export const transferJson = (debit: string, credit: string, debitDocument: string, creditDocument: string): string =>
  `row_to_json(${documentRow({
    id: `${debit}.transfer_id`,
    fromAccountId: `${debit}.account_id`,
    toAccountId: `${credit}.account_id`,
    amountMinor: `${credit}.amount_minor::text`,
    currency: `${credit}.currency`,
    debit: debitDocument,
    credit: creditDocument,
  })})`;

const reversalOf = (alias: string): string => `(select r.id from {schema}.transactions r where r.reverses_id = ${alias}.id)`;
