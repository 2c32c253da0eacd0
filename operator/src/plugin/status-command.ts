import { explanationOf } from '@tenantry/contracts';
import type { KubeApi } from '../control/kube-api.ts';
import { TENANTS, type TenantObject } from '../kubernetes/resources.ts';
import type { CommandContext } from './command-context.ts';
import { EXIT } from './plugin-error.ts';

/** All tenants in a few numbers. */
export interface FleetSummary {
  readonly tenants: number;
  readonly ready: number;
  /** How many have fields that differ and are left so. */
  readonly drifting: number;
  readonly byClass: Readonly<Record<string, number>>;
  readonly byReason: Readonly<Record<string, number>>;
  /** The first that are not ready, each with what it says. */
  readonly notReady: readonly { readonly tenant: string; readonly ready: string; readonly step?: string; readonly says: string }[];
}

/** So many tenants are named; the counts are of all. */
const MOST_NAMED = 20;
const PAGE = 500;

/** Sums a fleet up. Pure. */
export function fleetSummary(tenants: readonly TenantObject[]): FleetSummary {
  const explanations = tenants.map(explanationOf);
  const notReady = explanations.filter(({ isReady }) => !isReady);
  return {
    tenants: tenants.length,
    ready: explanations.length - notReady.length,
    drifting: explanations.filter(({ drift }) => drift.count > 0).length,
    byClass: countBy(explanations.map((each) => each.class)),
    byReason: countBy(explanations.map((each) => each.ready)),
    notReady: notReady
      .slice(0, MOST_NAMED)
      .map(({ tenant, ready, says, blocking }) => ({ tenant, ready, ...(blocking && { step: blocking.name }), says })),
  };
}

/** Every Tenant, page by page. */
export async function allTenants(api: Pick<KubeApi, 'list'>): Promise<readonly TenantObject[]> {
  const tenants: TenantObject[] = [];
  let more: string | undefined;
  do {
    const page = await api.list(TENANTS, { limit: PAGE, continue: more });
    tenants.push(...page.items);
    more = page.continue;
  } while (more !== undefined);
  return tenants;
}

/** `kubectl tenantry status` */
export async function statusCommand({ api, line, print }: CommandContext): Promise<number> {
  const all = await allTenants(api);
  const summary = fleetSummary(line.name === undefined ? all : all.filter(({ metadata }) => metadata.name === line.name));
  print(line.json ? JSON.stringify(summary, null, 2) : fleetText(summary));
  return summary.ready === summary.tenants ? EXIT.ok : EXIT.notReady;
}

function fleetText({ tenants, ready, drifting, byClass, byReason, notReady }: FleetSummary): string {
  const counts = (counted: Readonly<Record<string, number>>) =>
    Object.entries(counted)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ');
  return [
    `${ready} of ${tenants} tenants are ready${drifting === 0 ? '' : `; ${drifting} differ and are left so`}`,
    `classes     ${counts(byClass)}`,
    `Ready       ${counts(byReason)}`,
    ...(notReady.length === 0 ? [] : ['']),
    ...notReady.map(({ tenant, ready: reason, says }) => `${tenant.padEnd(24)} ${reason.padEnd(24)} ${says.slice(0, 160)}`),
    ...(notReady.length === 0 ? [] : ['', `More of one: kubectl tenantry explain ${notReady[0]?.tenant}`]),
    '',
  ].join('\n');
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
