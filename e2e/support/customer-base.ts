import { randomUUID } from 'node:crypto';
import type { Account, Customer } from '@tenantry/contracts';
import type { TestTenant } from './test-tenant.ts';

const FIRST = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Alan', 'Radia', 'Donald', 'Margaret', 'Tim', 'Katherine', 'Ken', 'Frances'] as const;
const LAST = ['Hopper', 'Lovelace', 'Müller', 'Nakamura', 'Okafor', 'Silva', 'Novák', 'Haddad', 'Kowalski', 'Larsen'] as const;
const SEGMENTS = ['enterprise', 'small business', 'private', null] as const;
const STATUSES = ['active', 'active', 'active', 'inactive', 'blocked'] as const;
const TAGS = [['vip'], ['newsletter', 'vip'], [], ['trial'], ['newsletter']] as const;

/** What a tenant looks like after some weeks of work: customers, accounts of some of them, and what was booked. */
export async function customerBase(
  tenant: TestTenant,
  count: number,
): Promise<{ readonly customers: readonly Customer[]; readonly account: Account }> {
  const items = Array.from({ length: count }, (_, at) => ({ action: 'create', customer: person(at) }));
  const { body } = await post<{ results: readonly { customer: Customer }[] }>(tenant, '/v1/customers:batch', { items });
  const customers = body.results.map(({ customer }) => customer);
  const accounts: Account[] = [];
  for (const [at, { id }] of customers.slice(0, 6).entries()) {
    const opened = await post<Account>(tenant, `/v1/customers/${id}/accounts`, {
      name: 'Everyday',
      type: at % 2 === 0 ? 'current' : 'savings',
      currency: 'EUR',
    });
    accounts.push(opened.body);
    for (const [kind, amountMinor, reference] of BOOKED)
      await post(tenant, `/v1/accounts/${opened.body.id}/transactions`, { kind, amountMinor, currency: 'EUR', reference });
  }
  return { customers, account: accounts[0] as Account };
}

const BOOKED = [
  ['deposit', '250000', 'Salary November'],
  ['withdrawal', '-84050', 'Rent'],
  ['fee', '-499', 'Account fee'],
  ['deposit', '12900', 'Refund order 4711'],
] as const;

function person(at: number): object {
  const [first, last] = [FIRST[at % FIRST.length], LAST[Math.floor(at / FIRST.length) % LAST.length]];
  return {
    name: `${first} ${last}`,
    email: `${first?.toLowerCase()}.${at}@example.org`,
    phone: `+4930${String(1_000_000 + at * 7919).slice(-7)}`,
    externalId: `crm-${1000 + at}`,
    status: STATUSES[at % STATUSES.length],
    segment: SEGMENTS[at % SEGMENTS.length],
    tags: TAGS[at % TAGS.length],
    attributes: { plan: at % 3 === 0 ? 'premium' : 'basic', seats: 1 + (at % 40) },
  };
}

/** @throws Error unless it was done */
async function post<Body>(tenant: TestTenant, path: string, body: object): Promise<{ readonly body: Body }> {
  const answer = await tenant.api.call<Body>('POST', path, { body, headers: { 'idempotency-key': randomUUID() } });
  if (answer.status >= 300) throw new Error(`POST ${path} answered ${answer.status} ${answer.text}`);
  return answer;
}
