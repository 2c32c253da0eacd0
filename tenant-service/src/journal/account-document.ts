import { instantSql } from '../listing/list-column.ts';

/** JSON property of an account → SQL over a row of `accounts` (or of that shape) named `alias`, in the order of contracts/http/accounts.ts. */
export function accountFields(alias: string): Readonly<Record<string, string>> {
  return {
    id: `${alias}.id`,
    customerId: `${alias}.customer_id`,
    number: `${alias}.number`,
    name: `${alias}.name`,
    type: `${alias}.type`,
    currency: `${alias}.currency`,
    status: `${alias}.status`,
    overdraftLimitMinor: `${alias}.overdraft_limit_minor::text`,
    balanceMinor: `${alias}.balance_minor::text`,
    version: `${alias}.version`,
    createdAt: instantSql(`${alias}.created_at`),
    updatedAt: instantSql(`${alias}.updated_at`),
  };
}

/** The whole account as one row, for `row_to_json` and `to_jsonb`: what history, events and answers hold of it. */
export function accountDocument(alias: string): string {
  return documentRow(accountFields(alias));
}

/** `(select d from (select … as "name", …) d)`. */
export function documentRow(fields: Readonly<Record<string, string>>): string {
  return `(select d from (select ${Object.entries(fields)
    .map(([name, sql]) => `${sql} as "${name}"`)
    .join(', ')}) d)`;
}
