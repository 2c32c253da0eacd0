import { TenantStatement } from '../../../postgres/statement.ts';
import { Problem } from '../../../problem.ts';
import type { Door } from '../../../tenancy/doors.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import { locationOf, notFound } from '../customer-answers.ts';

/** For a customer that was merged away: whose it is now, so that a program can go on there. */
export function mergedAway(into: string): Problem {
  return new Problem('customer-merged', `The customer was merged into ${into}.`, {
    members: { mergedInto: into },
    headers: { link: `<${locationOf(into)}>; rel="successor-version"` },
  });
}

/** Why there is no customer with this id: merged away, or nobody can tell. Asked only when there is none, so the way that finds one pays nothing. */
export async function missing(door: Door, tenant: Tenant, id: string): Promise<Problem> {
  const [row] = await door.read(tenant, (tx) => tx.run(findMerged, [id]));
  return row === undefined ? notFound() : mergedAway(row.into as string);
}

const findMerged = new TenantStatement(
  'customer_merged',
  'select merged_into as into from {schema}.customers where id = $1::uuid and merged_into is not null',
);
