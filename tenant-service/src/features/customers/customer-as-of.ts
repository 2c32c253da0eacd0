import { Customer } from '@tenantry/contracts';
import { requireHistoryAt } from '../../archive/require-history-at.ts';
import { TenantStatement } from '../../postgres/statement.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';

/** $1 id · $2 instant. A version without a document is a deletion: the customer did not exist then. */
const CUSTOMER_AS_OF = new TenantStatement(
  'customer_as_of',
  `
select after from {schema}.history
where aggregate_id = $1::uuid and aggregate = 'customer' and changed_at <= $2::timestamptz
order by version desc
limit 1`,
);

const PROPERTIES = Object.keys(Customer.shape);

/** The customer's document at an instant, in the order of properties every answer has; undefined when it did not exist then. @throws Problem archived. */
export async function customerAsOf(door: Door, tenant: Tenant, id: string, instant: string): Promise<string | undefined> {
  const [[row]] = await door.read(tenant, (tx) => Promise.all([tx.run(CUSTOMER_AS_OF, [id, instant]), requireHistoryAt(tx, instant)]));
  const after = row?.after as Readonly<Record<string, unknown>> | null | undefined;
  if (after == null) return undefined;
  return JSON.stringify(Object.fromEntries(PROPERTIES.filter((name) => name in after).map((name) => [name, after[name]])));
}
