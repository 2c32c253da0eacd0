import { randomBytes } from 'node:crypto';
import { type TenantryClient, tenantNames, tenantryClient } from '@tenantry/contracts';
import type { Environment } from '@tenantry/desktop/platform/environment.ts';
import type { Credentials } from '@tenantry/desktop/testing/desktop-window.ts';
import { KubeClient } from '@tenantry/operator/control/kube-client.ts';
import { TENANTS, type TenantObject } from '@tenantry/operator/kubernetes/resources.ts';
import { localEnvironment } from '@tenantry/stack/desktop/local-environment.ts';
import { personSecret, SAMPLE_STAFF } from '@tenantry/stack/keycloak/realms.ts';
import { LOCAL_CELL } from '@tenantry/stack/local-cell.ts';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { testPerson } from '@tenantry/stack/testing/token-for.ts';
import pg from 'pg';
import { CleanUp } from '../clean-up.ts';
import { fillCustomers } from '../lists/million-customers.ts';
import { startParts } from '../start-parts.ts';
import { OperatorTenants } from '../tenant-ready/operator-tenant.ts';
import { openPlatform } from '../tenant-ready/platform.ts';
import { clusterWithoutOperator, makeCrowd } from './tenant-crowd.ts';

/** {@link fillCustomers} makes every fiftieth a deleted one, which no list shows. */
const SHOWN = 0.98;

/**
 * What the window looks at: a tenant of the running platform with as many customers as asked for, and a cluster of the bench's own with as many
 * Tenants and no operator.
 */
export interface DesktopServers {
  readonly environment: Environment;
  readonly slug: string;
  readonly customers: number;
  /** Names of all tenants in the cluster, in the order of the list. */
  readonly tenants: readonly string[];
  readonly member: Credentials;
  readonly staff: Credentials;
  /** The tenant's api, as its member. */
  readonly api: TenantryClient;
  /** The cluster, as its administrator. */
  readonly kube: KubeClient;
  readonly close: () => Promise<void>;
}

export async function desktopServers(options: {
  readonly folder: string;
  readonly customers: number;
  readonly tenants: number;
  readonly say: (line: string) => void;
}): Promise<DesktopServers> {
  const { folder, say } = options;
  const cleanUp = new CleanUp(say);
  const close = () => cleanUp.run();
  try {
    const stack = await platformStack(say);
    const platform = await openPlatform();
    cleanUp.add(platform.close);
    const operator = await OperatorTenants.open(platform);
    cleanUp.add(() => operator.close());
    const slug = `desk-${Date.now().toString(36).slice(-6)}${randomBytes(1).toString('hex')}`;
    cleanUp.add(() => operator.remove([slug]));
    await operator.make(slug, 'standard');
    const member = await testPerson(slug, 'admin');
    cleanUp.add(member.remove);

    const count = Math.ceil(options.customers / SHOWN);
    say(`filling ${slug} with ${count} customers, every fiftieth of them deleted`);
    const { host, port, user, password, ca } = stack.postgres;
    const admin = new pg.Client({ host, port, user, password, database: LOCAL_CELL.database, ssl: { ca, host } });
    await admin.connect();
    await fillCustomers(admin, tenantNames(slug, LOCAL_CELL.name).schema, count).finally(() => admin.end());

    say(`a kube-apiserver without an operator gets ${options.tenants} Tenants`);
    const cluster = await clusterWithoutOperator(stack, folder);
    cleanUp.add(() => cluster[Symbol.asyncDispose]());
    const kube = KubeClient.fromKubeconfig(cluster.adminKubeconfig);
    cleanUp.add(() => kube.close());
    const like = (await platform.kube.get<TenantObject>(TENANTS, { name: slug })) as TenantObject;
    const tenants = await makeCrowd(kube, like, options.tenants, (made) => say(`${made} of ${options.tenants} Tenants are there`));

    const local = await localEnvironment(stackPaths());
    return {
      environment: {
        ...local,
        staff: { ...local.staff, kubernetesUrl: cluster.upstream.url },
        certificateAuthorities: `${local.certificateAuthorities}\n${cluster.upstream.ca}`,
      },
      ...{ slug, tenants, member, kube, close },
      customers: count - Math.floor(count / 50),
      staff: { username: SAMPLE_STAFF.username, password: await stack.secret(personSecret(SAMPLE_STAFF.username)) },
      api: tenantryClient({ baseUrl: stack.apiUrl, token: keptToken(async () => (await member.signIn()).accessToken) }),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A platform that runs is taken as it is: `up` would deploy the images of this checkout over it. */
async function platformStack(say: (line: string) => void) {
  await startParts(['chromium'], say);
  const parts = ['postgres', 'kafka', 'redis', 'keycloak', 'kube-apiserver', 'kubelet'];
  try {
    return await runningStack(...parts);
  } catch {
    await startParts(['tenantry'], say);
    return await runningStack(...parts);
  }
}

/** Tokens live five minutes. */
const TOKEN_USED_MS = 200_000;

function keptToken(fetchToken: () => Promise<string>): () => Promise<string> {
  let token: Promise<string> | undefined;
  let since = 0;
  return () => {
    if (token === undefined || performance.now() - since > TOKEN_USED_MS) [token, since] = [fetchToken(), performance.now()];
    return token;
  };
}
