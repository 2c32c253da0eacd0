import type { Template, Work } from '../load/order.ts';
import { customerBody, ID, NUMBER } from '../load/requests.ts';
import type { ApiTenant } from './api-world.ts';

/** The requests our api is sent. Each is what a client of it would send. */
export interface Workload {
  readonly create: (count: number) => Promise<Work>;
  readonly createWithKey: (count: number) => Promise<Work>;
  /** Creates of every tenant, drawn evenly. */
  readonly createSpread: (count: number) => Promise<Work>;
  readonly read: (hotShare: number) => () => Promise<Work>;
  readonly list: () => Promise<Work>;
  /** Four reads to a create. */
  readonly mixed: (count: number) => Promise<Work>;
}

/** `idsFile` has customers of the first tenant. `mark` makes email addresses unlike those of other runs. */
export function workloadOf(tenants: readonly [ApiTenant, ...ApiTenant[]], mark: string, idsFile: string): Workload {
  const [hot] = tenants;
  let sent = 0;
  const numbered = (count: number, templates: readonly Template[]): Work => {
    const first = sent;
    sent += count;
    return { templates, first, idsFile };
  };
  const post = async (tenant: ApiTenant, headers: Readonly<Record<string, string>> = {}): Promise<Template> => ({
    method: 'POST',
    path: '/v1/customers',
    headers: { ...(await tenant.authorization()), ...headers },
    body: customerBody(mark),
  });
  const get = async (path: string): Promise<Template> => ({ method: 'GET', path, headers: await hot.authorization() });
  return {
    create: async (count) => numbered(count, [await post(hot)]),
    createWithKey: async (count) => numbered(count, [await post(hot, { 'Idempotency-Key': `${mark}-${NUMBER}` })]),
    createSpread: async (count) => numbered(count, await Promise.all(tenants.map((tenant) => post(tenant)))),
    read: (hotShare) => async () => ({ templates: [await get(`/v1/customers/${ID}`)], first: 0, idsFile, hotShare }),
    list: async () => ({ templates: [await get('/v1/customers?limit=50')], first: 0 }),
    mixed: async (count) => {
      const read = await get(`/v1/customers/${ID}`);
      return numbered(count, [read, read, read, read, await post(hot)]);
    },
  };
}
