import { z } from 'zod';
import { CustomerId } from './customers.ts';
import { FieldChanges } from './field-change.ts';
import { AsOf } from './instant.ts';
import { LINK_HEADER, listQuery } from './listing.ts';
import { AmountMinor, Currency, UnsignedAmountMinor } from './money.ts';
import { operation } from './operation.ts';
import { PageCursor, PageLimit, pageOf } from './page.ts';
import { filledText } from './text.ts';

export const AccountId = z.uuid().meta({ description: 'UUIDv7, made by the service.' });

/**
 * What an account is for. `current` and `savings` hold what the customer has; `credit` and `loan` hold what the customer owes, as a balance
 * below zero down to the sum granted. One rule for all, the overdraft limit; `savings` never has one.
 */
export const ACCOUNT_TYPES = ['current', 'savings', 'credit', 'loan'] as const;
/** `frozen` and `closed` accounts take no postings; `closed` ones are empty. */
export const ACCOUNT_STATUSES = ['active', 'frozen', 'closed'] as const;

const fields = {
  number: z
    .string()
    .regex(/^[0-9A-Za-z][0-9A-Za-z./-]{0,33}$/, 'must be 1 to 34 letters, digits, points, slashes and dashes')
    .meta({
      description: 'Unique in the tenant, whatever its case. Made by the service (twelve digits, the last two check the rest) when absent.',
    }),
  name: filledText(200).nullable().meta({ description: 'What people call the account.' }),
  type: z.enum(ACCOUNT_TYPES).meta({ description: 'Never changes.' }),
  currency: Currency.meta({ description: 'ISO 4217 code; never changes.' }),
  status: z.enum(ACCOUNT_STATUSES),
  overdraftLimitMinor: UnsignedAmountMinor.meta({
    description: 'How far below zero the balance may go, in minor units; of a credit or a loan the sum granted. `"0"` for savings.',
  }),
};

const example = {
  id: '019a9a4e-7b1c-7d2e-8f00-4c5d6e7f8091',
  customerId: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
  number: '481516234282',
  name: 'Household',
  type: 'current',
  currency: 'EUR',
  status: 'active',
  overdraftLimitMinor: '50000',
  balanceMinor: '0',
  version: 1,
  createdAt: '2026-11-22T14:00:00.000Z',
  updatedAt: '2026-11-22T14:00:00.000Z',
} as const;

/** An account as every answer shows it. */
export const Account = z
  .strictObject({
    id: AccountId,
    customerId: CustomerId,
    ...fields,
    balanceMinor: AmountMinor.meta({ description: 'Sum of the account’s transactions, in minor units.' }),
    version: z.int().min(1).meta({ description: 'Counts changes and postings from 1; the ETag is this number in quotes.' }),
    createdAt: z.iso.datetime({ precision: 3 }),
    updatedAt: z.iso.datetime({ precision: 3 }).meta({ description: 'Time of the last change or posting.' }),
  })
  .meta({ id: 'Account', example });

/** The body of POST. */
export const NewAccount = z
  .strictObject({
    number: fields.number.optional(),
    name: fields.name.default(null),
    type: fields.type,
    currency: fields.currency,
    overdraftLimitMinor: fields.overdraftLimitMinor.default('0'),
  })
  .refine(({ type, overdraftLimitMinor }) => type !== 'savings' || overdraftLimitMinor === '0', {
    path: ['overdraftLimitMinor'],
    message: 'must be "0" for a savings account',
  })
  .meta({ id: 'NewAccount' });

/** The body of PATCH (RFC 7396): absent keeps, null clears. At least one field. */
export const AccountPatch = z
  .strictObject({ name: fields.name, status: fields.status, overdraftLimitMinor: fields.overdraftLimitMinor })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'must name at least one field')
  .meta({ id: 'AccountPatch' });

/** An account, or of a posting what it changed, as an earlier version of the service may have stored it. */
const Stored = z.record(z.string(), z.unknown()).nullable();

/** One version of an account. */
export const AccountVersion = z
  .strictObject({
    version: z.int().min(1),
    change: z
      .enum(['created', 'updated', 'posted'])
      .meta({ description: 'Of `posted`, before and after have only what a posting changes, and `transactionId`.' }),
    changedAt: z.iso.datetime({ precision: 3 }),
    actor: z.string().meta({ description: 'Subject of the token that made the change.' }),
    traceId: z.string().nullable(),
    changes: FieldChanges,
    before: Stored,
    after: Stored,
  })
  .meta({ id: 'AccountVersion' });

const AccountPage = pageOf(Account).meta({ id: 'AccountPage' });
const AccountVersionPage = pageOf(AccountVersion).meta({ id: 'AccountVersionPage' });
const params = z.strictObject({ id: AccountId });
const etag = { ETag: 'The version in quotes, e.g. `"3"`; send it back as If-Match.' };
const everyone = ['admin', 'editor', 'viewer', 'machine'] as const;
const editors = ['admin', 'editor', 'machine'] as const;

/** What lists of accounts sort by and may be cut down to. */
const list = {
  sorts: ['id', 'number', 'balanceMinor', 'createdAt', 'updatedAt'],
  defaultSort: '-id',
  fields: Object.keys(example),
};

export const createAccount = operation({
  id: 'createAccount',
  method: 'POST',
  path: '/v1/customers/{id}/accounts',
  tag: 'Accounts',
  summary: 'Open an account of a customer',
  roles: editors,
  writes: true,
  idempotent: true,
  params: z.strictObject({ id: CustomerId }),
  body: {
    kind: 'json',
    schema: NewAccount,
    example: { name: 'Household', type: 'current', currency: 'EUR', overdraftLimitMinor: '50000' },
  },
  success: {
    status: 201,
    description: 'The account as stored, with a balance of zero.',
    body: Account,
    example,
    headers: {
      ...etag,
      Location: 'Address of the account.',
      'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.',
    },
  },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'not-found',
    'account-number-taken',
    'body-too-large',
    'unsupported-media-type',
    'idempotency-key-reused',
  ],
});

export const listAccounts = operation({
  id: 'listAccounts',
  method: 'GET',
  path: '/v1/accounts',
  tag: 'Accounts',
  summary: 'List accounts',
  description: 'Newest first unless sorted otherwise.',
  roles: everyone,
  writes: false,
  query: z.strictObject(listQuery(list)),
  filters: {
    customerId: { type: 'id', operators: ['eq', 'in'] },
    number: { type: 'text', operators: ['eq', 'in', 'startsWith'] },
    type: { type: 'choice', choices: ACCOUNT_TYPES, operators: ['eq', 'in', 'ne'] },
    currency: { type: 'text', operators: ['eq', 'in'] },
    status: { type: 'choice', choices: ACCOUNT_STATUSES, operators: ['eq', 'in', 'ne'] },
    balanceMinor: { type: 'integer', operators: ['eq', 'lt', 'lte', 'gt', 'gte'] },
    createdAt: { type: 'instant', operators: ['eq', 'lt', 'lte', 'gt', 'gte'] },
    updatedAt: { type: 'instant', operators: ['eq', 'lt', 'lte', 'gt', 'gte'] },
  },
  success: {
    status: 200,
    description: 'A page of accounts.',
    body: AccountPage,
    example: { items: [example], page: { next: null, limit: 50 } },
    headers: LINK_HEADER,
  },
  problems: ['invalid-request', 'invalid-cursor'],
});

export const listCustomerAccounts = operation({
  id: 'listCustomerAccounts',
  method: 'GET',
  path: '/v1/customers/{id}/accounts',
  tag: 'Accounts',
  summary: 'List the accounts of a customer',
  description: 'Newest first. With `asOf`: the accounts the customer had then, each as it was, with its balance.',
  roles: everyone,
  writes: false,
  params: z.strictObject({ id: CustomerId }),
  query: z.strictObject({ limit: PageLimit, cursor: PageCursor, asOf: AsOf }),
  success: {
    status: 200,
    description: 'A page of accounts.',
    body: AccountPage,
    example: { items: [example], page: { next: null, limit: 50 } },
  },
  problems: ['invalid-request', 'invalid-cursor', 'not-found', 'archived'],
});

export const getAccount = operation({
  id: 'getAccount',
  method: 'GET',
  path: '/v1/accounts/{id}',
  tag: 'Accounts',
  summary: 'Get an account',
  description: 'With `asOf`: the account and its balance as they were then, without ETag; not-found when it did not exist yet.',
  roles: everyone,
  writes: false,
  params,
  query: z.strictObject({ asOf: AsOf }),
  success: { status: 200, description: 'The account.', body: Account, example, headers: etag },
  problems: ['invalid-request', 'not-found', 'archived'],
});

export const updateAccount = operation({
  id: 'updateAccount',
  method: 'PATCH',
  path: '/v1/accounts/{id}',
  tag: 'Accounts',
  summary: 'Change, freeze, close or reopen an account',
  description:
    'JSON Merge Patch (RFC 7396). If-Match must carry an ETag not older than the account’s last change; postings since then do not make it stale. ' +
    'An account is closed by status `closed` at a balance of zero, and reopened by status `active` while its customer exists.',
  roles: editors,
  writes: true,
  conditional: true,
  params,
  body: { kind: 'merge-patch', schema: AccountPatch, example: { status: 'frozen' } },
  success: {
    status: 200,
    description: 'The account as changed.',
    body: Account,
    example: { ...example, status: 'frozen', version: 2 },
    headers: etag,
  },
  problems: [
    'malformed-json',
    'invalid-request',
    'tenant-read-only',
    'not-found',
    'account-not-empty',
    'insufficient-funds',
    'customer-conflict',
    'version-stale',
    'body-too-large',
    'unsupported-media-type',
    'if-match-missing',
  ],
});

export const accountHistory = operation({
  id: 'accountHistory',
  method: 'GET',
  path: '/v1/accounts/{id}/history',
  tag: 'Accounts',
  summary: 'Every version of an account',
  description: 'Newest first: changes and postings, who made them and when.',
  roles: everyone,
  writes: false,
  params,
  query: z.strictObject({ limit: PageLimit, cursor: PageCursor }),
  success: {
    status: 200,
    description: 'A page of versions.',
    body: AccountVersionPage,
    example: {
      items: [
        {
          version: 2,
          change: 'posted',
          changedAt: example.createdAt,
          actor: 'f3a1',
          traceId: null,
          changes: [
            { pointer: '/balanceMinor', before: '0', after: '1250' },
            { pointer: '/transactionId', after: '019a9a4f-0c2d-7e3f-9a10-5d6e7f809142' },
          ],
          before: { balanceMinor: '0' },
          after: { balanceMinor: '1250', transactionId: '019a9a4f-0c2d-7e3f-9a10-5d6e7f809142' },
        },
      ],
      page: { next: null, limit: 50 },
    },
  },
  problems: ['invalid-request', 'invalid-cursor', 'not-found'],
});

export type Account = z.infer<typeof Account>;
export type NewAccount = z.infer<typeof NewAccount>;
export type AccountPatch = z.infer<typeof AccountPatch>;
export type AccountVersion = z.infer<typeof AccountVersion>;
