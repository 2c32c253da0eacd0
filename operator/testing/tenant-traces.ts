import { LABELS, TENANTS_NAMESPACE, tenantKeys, tenantNames } from '@tenantry/contracts';
import { isKubeError } from '../src/control/kube-error.ts';
import type { KubeObject, Resource } from '../src/control/kube-object.ts';
import { CHILDREN } from '../src/kubernetes/resources.ts';
import { backupPrefix, tenantPrefix } from '../src/s3/port.ts';
import type { TestCluster } from './test-cluster.ts';
import type { TestPlatform } from './test-platform.ts';

/** Everything there is of one tenant in every store, as text to compare. What is doubled shows twice, what is missing shows. */
export interface TenantTraces {
  /** `slug tenantId uid state class mode`. */
  readonly registry: readonly string[];
  /** `slug tenantId policy purged?`. */
  readonly tombstones: readonly string[];
  /** The tenant's, and whatever else its owner role owns: a backup's scratch schema that was forgotten. */
  readonly schemas: readonly string[];
  readonly roles: readonly string[];
  readonly migrations: readonly string[];
  /** Identity of the customers table: another number is another table, and the old rows are gone. */
  readonly customersTable: readonly string[];
  /** `name partitions configs`. */
  readonly topics: readonly string[];
  readonly groups: readonly string[];
  /** Kafka's, of every credential generation there ever was. */
  readonly access: readonly string[];
  readonly logins: readonly string[];
  readonly quotas: readonly string[];
  /** RabbitMQ: `vhost contents` and `user tags`. */
  readonly queues: readonly string[];
  /** Redis: `user on? passwords keys channels`. */
  readonly cache: readonly string[];
  /** Objects in the bucket: the tenant's files, and its backups' as `purpose state rows` and `backup object`. */
  readonly files: readonly string[];
  readonly backups: readonly string[];
  /** `alias enabled groups`. */
  readonly organizations: readonly string[];
  readonly clients: readonly string[];
  /** `Kind name`. */
  readonly children: readonly string[];
}

interface World {
  readonly platform: TestPlatform;
  readonly cluster: TestCluster;
}

/** Looks everywhere at once, as administrator. */
export async function tracesOf({ platform, cluster }: World, slug: string): Promise<TenantTraces> {
  const names = tenantNames(slug, platform.cell.name);
  const { kafka, identity } = platform.ports;
  const lines = async (text: string, values: unknown[]): Promise<string[]> => {
    const { rows } = await platform.admin.query<unknown[]>({ text, values, rowMode: 'array' });
    return rows.map((row) => row.join(' ')).sort();
  };
  // One connection: one query after the other.
  const registry = await lines('select slug, tenant_id, uid, state, class, mode from tenantry.tenants where slug = $1', [slug]);
  const tombstones = await lines('select slug, tenant_id, policy, purged_at is not null from tenantry.tombstones where slug = $1', [slug]);
  const tenantIds = [...new Set([...registry, ...tombstones].map((line) => line.split(' ')[1] ?? ''))];
  const schemas = await lines(
    `select nspname from pg_catalog.pg_namespace
      where nspname = $1 or nspname in (select schema_name from tenantry.tombstones where slug = $2)
         or pg_catalog.pg_get_userbyid(nspowner) = $3`,
    [names.schema, slug, names.ownerRole],
  );
  const roles = await lines(`select rolname, rolcanlogin from pg_catalog.pg_roles where rolname like $1`, [
    `${names.schema.replaceAll('_', '\\_')}\\_%@${platform.cell.name}%`,
  ]);
  const migrations = await lines('select version from tenantry.schema_versions where schema_name = any ($1)', [schemas]);
  const customersTable = await lines(
    `select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any ($1) and c.relname = 'customers'`,
    [schemas],
  );
  const backupRecords = await lines('select purpose, state, row_count from tenantry.backups where tenant_id = any ($1)', [tenantIds]);
  const [topics, groups, access, marks, quotas, organizations, clients, children, queues, cache, objects] = await Promise.all([
    kafka.topics(),
    kafka.groups(names.kafkaPrefix),
    kafka.access(),
    kafka.loginMarks(),
    kafka.quotas(),
    identity.organizations(),
    identity.machineClients(),
    childrenOf(cluster, slug),
    Promise.all(tenantIds.map((tenantId) => queuesOf(platform.ports, tenantId))),
    Promise.all(tenantIds.map((tenantId) => cacheOf(platform.ports, tenantId))),
    Promise.all(tenantIds.map((tenantId) => objectsOf(platform.ports, tenantId))),
  ]);
  const organized = await Promise.all(
    organizations
      .filter(({ alias }) => alias === slug)
      .map(async ({ id, alias, enabled }) => `${alias} ${enabled} ${[...(await identity.groups(id)).keys()].sort()}`),
  );
  // Of any credential generation, also of one that the operator has forgotten. No slug has a dot.
  const isOf = (base: string, name: string): boolean => name === base || name.startsWith(`${base}.`);
  const isUser = (user: string): boolean => isOf(`tenant.${slug}`, user);
  return {
    registry,
    tombstones,
    schemas,
    roles,
    migrations,
    customersTable,
    topics: [...topics.values()]
      .filter(({ name }) => name.startsWith(names.kafkaPrefix))
      .map(({ name, partitions, configs }) => `${name} ${partitions} ${JSON.stringify(Object.entries(configs).sort())}`)
      .sort(),
    groups: [...groups].sort(),
    access: access
      .filter(({ user }) => isUser(user))
      .map(({ user, resource, name, pattern, operation }) => `${user} ${operation} ${resource} ${pattern} ${name}`)
      .sort(),
    logins: [...marks.keys()].filter(isUser).sort(),
    quotas: [...quotas]
      .filter(([user]) => isUser(user))
      .map(([user, values]) => `${user} ${JSON.stringify(Object.entries(values).sort())}`)
      .sort(),
    queues: queues.flat(),
    cache: cache.flat(),
    files: objects.flatMap(({ files }) => files),
    backups: [...backupRecords, ...objects.flatMap(({ backups }) => backups)],
    organizations: organized,
    clients: clients
      .filter(({ clientId, tenantId }) => isOf(`tenant-${slug}`, clientId) || tenantIds.includes(tenantId ?? ''))
      .map(({ clientId, enabled }) => `${clientId} ${enabled}`)
      .sort(),
    children,
  };
}

type Stores = TestPlatform['ports'];

async function queuesOf({ queues }: Stores, tenantId: string): Promise<string[]> {
  const found = await queues?.everything(tenantKeys(tenantId).vhost);
  if (found === undefined) return [];
  const logins = (await queues?.logins([...found.users.keys()])) ?? [];
  return [
    ...[...found.vhosts].map(([vhost, contents]) => `${vhost} ${JSON.stringify(contents)}`),
    ...logins.map(({ user, tags }) => `${user} ${tags}`),
  ].sort();
}

async function cacheOf({ cache }: Stores, tenantId: string): Promise<string[]> {
  const users = [...((await cache?.everything(tenantKeys(tenantId).redisUser))?.keys() ?? [])];
  const found = await Promise.all(
    users.map(async (user) => {
      const login = await cache?.login(user);
      return `${user} ${login?.isOn} ${login?.passwordHashes?.length} ${login?.keys} ${login?.channels} ${login?.commands.size}`;
    }),
  );
  return found.sort();
}

async function objectsOf({ bucket }: Stores, tenantId: string): Promise<{ readonly files: string[]; readonly backups: string[] }> {
  const [files = [], backups = []] = await Promise.all([bucket?.list(tenantPrefix(tenantId)), bucket?.list(backupPrefix(tenantId))]);
  // Two backups of one tenant would show every object twice.
  return { files: files.map(({ key }) => key).sort(), backups: backups.map(({ key }) => `backup ${key.split('/').at(-1)}`).sort() };
}

/** The same without what differs between two tenants of one spec. */
export function anonymousTraces({ customersTable: _table, ...traces }: TenantTraces, slug: string, uid = ''): unknown {
  const tenantId = traces.registry[0]?.split(' ')[1] ?? traces.tombstones[0]?.split(' ')[1] ?? '';
  let text = JSON.stringify(traces);
  for (const [own, instead] of [
    [tenantId, '<tenantId>'],
    [tenantId.replaceAll('-', '_'), '<tenantId>'],
    [uid, '<uid>'],
    [apiLoginOf(slug), '<apiLogin>@'],
    [slug, '<slug>'],
    [slug.replaceAll('-', '_'), '<slug>'],
  ] as const)
    if (own !== '') text = text.replaceAll(own, instead);
  return JSON.parse(text);
}

/** Up to its cell: two tenants of one spec may have different shards. */
export function apiLoginOf(slug: string): string {
  return tenantNames(slug, 'cell').apiLogin.replace(/cell$/, '');
}

async function childrenOf({ api }: TestCluster, slug: string): Promise<string[]> {
  const kinds = Object.values(CHILDREN) as Resource<KubeObject>[];
  const found = await Promise.all(
    kinds.map(async (resource) => {
      try {
        const { items } = await api.list(resource, { namespace: TENANTS_NAMESPACE, labelSelector: `${LABELS.tenant}=${slug}` });
        return items.map(({ metadata }) => `${resource.kind} ${metadata.name}`);
      } catch (error) {
        // A kind the cluster does not have.
        if (isKubeError(error, 'NotFound')) return [];
        throw error;
      }
    }),
  );
  return found.flat().sort();
}
