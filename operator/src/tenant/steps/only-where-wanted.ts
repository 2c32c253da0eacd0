import { converge } from '../converge.ts';
import type { Outcome } from '../step.ts';
import type { TenantPass } from '../tenant-pass.ts';

/**
 * A step about what only some tenants have, so that the others do not depend on its server: `wanted` undefined and nothing there is NotNeeded. The
 * server is asked only while something may be there, and one that is away holds up nobody who never had anything.
 */
export async function onlyWhereWanted<Change>(
  pass: TenantPass,
  { step, wanted, notNeeded }: { readonly step: string; readonly wanted: object | undefined; readonly notNeeded: string },
  how: Parameters<typeof converge<Change>>[1],
): Promise<Outcome> {
  const nothing = { kind: 'not-needed', message: notNeeded } as const;
  const last = pass.tenant.status?.steps?.find(({ name }) => name === step)?.state;
  // Nothing was there when it was last looked for.
  if (wanted === undefined && last === 'NotNeeded') return nothing;
  let looked = false;
  const look = async () => {
    const plan = await how.look();
    looked = true;
    return plan;
  };
  try {
    const outcome = await converge<Change>(pass, { ...how, look });
    if (wanted !== undefined || outcome.kind !== 'done') return outcome;
    return { ...nothing, ...(outcome.changed && { changed: outcome.changed }) };
  } catch (error) {
    if (!looked && wanted === undefined && (last === undefined || last === 'NotReached')) return nothing;
    throw error;
  }
}
