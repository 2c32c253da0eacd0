import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Tenant, tenantryClient } from '@tenantry/contracts';
import { accessTokenOf } from '../access-token.ts';
import { keycloakAdmin } from '../keycloak/keycloak-admin.ts';
import { addPerson } from '../keycloak/people.ts';
import { personSecret } from '../keycloak/realms.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import type { PartContext } from '../part.ts';
import type { Paths } from '../paths.ts';
import { loadCustomers } from '../samples/load-customers.ts';
import { sampleCustomers } from '../samples/sample-customers.ts';
import { SAMPLE_PEOPLE, SAMPLE_TENANTS } from '../samples/sample-people.ts';
import { secret } from '../secrets.ts';
import type { Stage } from './stage.ts';
import { tenantProgress } from './tenant-progress.ts';

/** Customers each sample tenant gets. */
export const CUSTOMERS_PER_TENANT = 500;

/** Tokens live 5 minutes; one is used for less than that. */
const TOKEN_USED_MS = 240_000;

/** A dedicated tenant's pods are started on a machine that is still busy. */
const READY_LIMIT_MS = 240_000;

export interface SampleOptions {
  readonly context: Omit<PartContext, 'progress'>;
  /** Sample tenants an earlier start made: when one is gone now, a person deleted it. */
  readonly madeBefore: readonly string[];
  readonly signal: AbortSignal;
}

/** Per sample tenant: the Tenant until it is Ready, then its people, then its customers. */
export function sampleStages(options: SampleOptions): Stage[] {
  return SAMPLE_TENANTS.flatMap(({ slug }): Stage[] => [
    {
      name: slug,
      needs: [],
      hint: `npm run kubectl -- describe tenant ${slug}`,
      run: async (progress) => await makeTenant(slug, options, progress),
    },
    {
      name: `${slug} customers`,
      needs: [slug],
      hint: 'npm run kubectl -- logs -n tenantry-system deploy/tenantry-api',
      run: async (progress) => await fillTenant(slug, options, progress),
    },
  ]);
}

/** The Tenant as the API server has it. */
export async function findTenant(paths: Paths, slug: string): Promise<Tenant | undefined> {
  const text = await kubectl(paths, ['get', 'tenant', slug, '--ignore-not-found', '--output=json']);
  return text.trim() === '' ? undefined : (JSON.parse(text) as Tenant);
}

async function makeTenant(slug: string, { context, madeBefore, signal }: SampleOptions, progress: (text: string) => void): Promise<string> {
  const { paths } = context;
  if ((await findTenant(paths, slug)) === undefined) {
    if (madeBefore.includes(slug)) return 'was deleted since an earlier start; it stays so';
    progress('applying');
    // Only when absent: what a person changed on it since is theirs.
    await kubectl(paths, ['apply', '--filename', join(paths.root, 'manifests', 'examples', `${slug}.yaml`)]);
  }
  const deadline = Date.now() + READY_LIMIT_MS;
  for (;;) {
    signal.throwIfAborted();
    const tenant = await findTenant(paths, slug);
    if (tenant === undefined) throw new Error(`Tenant ${slug} was deleted while we waited for it`);
    const now = tenantProgress(tenant);
    if (now.ready) return now.text;
    progress(now.text);
    if (now.stalled || Date.now() > deadline) throw new Error(`Tenant ${slug} is not Ready: ${now.text}`);
    await sleep(400, undefined, { signal }).catch(() => {});
  }
}

async function fillTenant(slug: string, { context, signal }: SampleOptions, progress: (text: string) => void): Promise<string> {
  const { paths } = context;
  const url = (await findTenant(paths, slug))?.status?.url;
  if (url === undefined) return 'no such tenant any more';
  const admin = await keycloakAdmin(context);
  for (const person of SAMPLE_PEOPLE.filter((each) => each.slug === slug)) {
    progress(`adding ${person.username}`);
    await addPerson(admin, { ...person, password: await secret(paths, personSecret(person.username)) });
  }
  const client = tenantryClient({ baseUrl: url, token: freshToken(slug) });
  const total = CUSTOMERS_PER_TENANT;
  const { created, known } = await loadCustomers(client, slug, sampleCustomers(slug, total), {
    progress: (done) => progress(`customers ${Math.round((100 * done) / total)} % of ${total}`),
    signal,
  });
  return created === 0 ? `${known} there` : `${created} made${known > 0 ? `, ${known} there` : ''}`;
}

/** A token as the tenant's machine gets one, renewed before it expires. */
function freshToken(slug: string): () => Promise<string> {
  let [token, until] = [Promise.resolve(''), 0];
  return async () => {
    if (Date.now() > until) [token, until] = [accessTokenOf({ slug, username: undefined }), Date.now() + TOKEN_USED_MS];
    return await token;
  };
}
