import { randomInt } from 'node:crypto';
import type { Account, AccountPatch } from '@tenantry/contracts';
import type { Cursors } from '../../http/cursor.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { Call } from '../../http/pipeline.ts';
import type { PlainAnswer } from '../../http/plain.ts';
import { fieldChanges } from '../../journal/field-changes.ts';
import { type Answer, type IdempotencyKey, idempotencyKeyOf, storedAnswer, writeOnce } from '../../journal/idempotency-keys.ts';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import { accountList } from './account-list.ts';
import { newAccountNumber } from './account-number.ts';
import { numberTaken, ruleBroken } from './account-refusal.ts';
import * as accounts from './account-repository.ts';

type AccountHandlers = Handlers<
  'createAccount' | 'listAccounts' | 'listCustomerAccounts' | 'getAccount' | 'updateAccount' | 'accountHistory'
>;

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;
/** A made number that is taken is replaced; that this many are taken in a row means that something is wrong. */
const NUMBER_ATTEMPTS = 5;

/** The operations on accounts. Balances are changed by transactions only. */
export function accountHandlers(parts: { door: Door; heavy: { readonly door: Door }; cursors: Cursors }): AccountHandlers {
  const { door, heavy, cursors } = parts;

  const create = async (tenant: Tenant, account: Account, change: accounts.Change, key: IdempotencyKey | undefined): Promise<Answer> => {
    const document = JSON.stringify(account);
    const headers = { ...JSON_TYPE, etag: etagOf(1), location: `/v1/accounts/${account.id}` };
    const answer = { status: 201, headers, body: document };
    const isWritten = await door.write(tenant, (tx) => accounts.createAccount(tx, document, change, key, answer));
    if (isWritten) return answer;
    // A repeated request may come when the customer is gone already.
    const stored = key && (await storedAnswer(door, tenant, key));
    if (stored) return stored;
    throw notFound('customer');
  };

  /** The account If-Match names. @throws Problem not-found, version-stale with the current ETag. */
  const current = async (tenant: Tenant, id: string, ifMatch: number): Promise<accounts.StoredAccount> => {
    const stored = await door.read(tenant, (tx) => accounts.findAccount(tx, id));
    if (stored === undefined) throw notFound('account');
    if (ifMatch >= stored.settingsVersion && ifMatch <= stored.version) return stored;
    throw new Problem(
      'version-stale',
      `The account was last changed by version ${stored.settingsVersion}. Read it again and repeat the change.`,
      {
        headers: { etag: etagOf(stored.version) },
      },
    );
  };

  return {
    createAccount: async (call) => {
      const { tenant, params, body } = call;
      const key = idempotencyKeyOf('createAccount', call);
      const at = new Date().toISOString();
      const { number, name, type, currency, overdraftLimitMinor } = body;
      for (let attempt = 1; ; attempt += 1) {
        const account: Account = {
          id: uuidv7(),
          customerId: params.id.toLowerCase(),
          number: number ?? newAccountNumber(() => randomInt(2 ** 47) / 2 ** 47),
          name,
          type,
          currency,
          status: 'active',
          overdraftLimitMinor,
          balanceMinor: '0',
          version: 1,
          createdAt: at,
          updatedAt: at,
        };
        try {
          return await writeOnce(door, tenant, key, () => create(tenant, account, changeOf(call), key));
        } catch (error) {
          if (brokenUnique(error) !== 'accounts_number_unique') throw error;
          if (number !== undefined || attempt === NUMBER_ATTEMPTS) throw numberTaken(error);
        }
      }
    },

    listAccounts: (call) => accountList.answer({ door: heavy.door, cursors }, call),

    listCustomerAccounts: async ({ tenant, params, query }) => {
      const { limit, cursor, asOf } = query;
      const id = params.id.toLowerCase();
      const scope = { tenantId: tenant.tenantId, operationId: 'listCustomerAccounts', query: `${id} ${asOf ?? ''}` };
      const after = cursor === undefined ? undefined : cursors.decode(scope, cursor);
      const rows = await door.read(tenant, (tx) =>
        asOf === undefined
          ? accounts.customerAccounts(tx, id, limit + 1, after)
          : accounts.customerAccountsThen(tx, id, limit + 1, after, asOf),
      );
      if (rows === undefined) throw notFound('customer');
      const items = rows.slice(0, limit).map(({ document }) => document);
      return page(items, limit, rows.length > limit ? cursors.encode(scope, rows[limit - 1]?.id ?? '') : null);
    },

    getAccount: async ({ tenant, params, query, ifNoneMatch }) => {
      const id = params.id.toLowerCase();
      const { asOf } = query;
      if (asOf !== undefined) {
        const document = await door.read(tenant, (tx) => accounts.findAccountThen(tx, id, asOf));
        if (document === undefined) throw notFound('account');
        return { status: 200, headers: JSON_TYPE, body: document };
      }
      const stored = await door.read(tenant, (tx) => accounts.findAccount(tx, id));
      if (stored === undefined) throw notFound('account');
      const etag = etagOf(stored.version);
      if (ifNoneMatch === etag) return { status: 304, headers: { etag, 'cache-control': 'no-store' } };
      return single(stored.document, stored.version);
    },

    updateAccount: async (call) => {
      const { tenant, body, ifMatch } = call;
      const id = call.params.id.toLowerCase();
      const stored = await current(tenant, id, ifMatch);
      const before = JSON.parse(stored.document) as Account;
      const { after, changed } = patched(before, body);
      if (changed.length === 0) return single(stored.document, stored.version);
      const at = new Date().toISOString();
      try {
        const written = await door.write(tenant, (tx) => accounts.updateAccount(tx, id, ifMatch, after, changed, at, changeOf(call)));
        if (written) return single(written.document, written.version);
      } catch (error) {
        throw ruleBroken(error);
      }
      // Somebody else changed it between our read and our write: this says which version is current.
      await current(tenant, id, ifMatch);
      throw new Problem('unavailable', 'The change met another one. Repeat it.', { headers: { 'retry-after': '1' } });
    },

    accountHistory: async ({ tenant, params, query }) => {
      const { limit, cursor } = query;
      const id = params.id.toLowerCase();
      const scope = { tenantId: tenant.tenantId, operationId: 'accountHistory', query: id };
      const below = cursor === undefined ? undefined : Number(cursors.decode(scope, cursor));
      const rows = await door.read(tenant, (tx) => accounts.accountHistory(tx, id, limit + 1, below));
      if (rows.length === 0 && cursor === undefined) throw notFound('account');
      const items = rows
        .slice(0, limit)
        .map(({ before, after, ...row }) => JSON.stringify({ ...row, changes: fieldChanges(before, after), before, after }));
      return page(items, limit, rows.length > limit ? cursors.encode(scope, String(rows[limit - 1]?.version)) : null);
    },
  };
}

const etagOf = (version: number): string => `"${version}"`;

function notFound(what: 'account' | 'customer'): Problem {
  return new Problem('not-found', `There is no such ${what}.`);
}

function single(document: string, version: number): PlainAnswer {
  return { status: 200, headers: { ...JSON_TYPE, etag: etagOf(version) }, body: document };
}

function page(items: readonly string[], limit: number, next: string | null): PlainAnswer {
  return { status: 200, headers: JSON_TYPE, body: `{"items":[${items.join(',')}],"page":${JSON.stringify({ next, limit })}}` };
}

function changeOf({ actor, trace }: Pick<Call, 'actor' | 'trace'>): accounts.Change {
  return { actor: actor.subject, traceId: trace.traceId, traceparent: trace.traceparent, eventId: uuidv7() };
}

/** The settings after a patch, and the names of those that differ. @throws Problem invalid-request: savings have no overdraft. */
function patched(account: Account, patch: AccountPatch): { readonly after: accounts.AccountSettings; readonly changed: string[] } {
  const { name = account.name, status = account.status, overdraftLimitMinor = account.overdraftLimitMinor } = patch;
  if (account.type === 'savings' && overdraftLimitMinor !== '0') {
    throw new Problem('invalid-request', 'One part of the request is wrong.', {
      errors: [{ pointer: '/overdraftLimitMinor', detail: 'must be "0" for a savings account' }],
    });
  }
  const after = { name, status, overdraftLimitMinor };
  return { after, changed: (Object.keys(after) as (keyof typeof after)[]).filter((field) => after[field] !== account[field]) };
}
