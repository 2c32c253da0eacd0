import { randomBytes } from 'node:crypto';
import {
  ANNOTATIONS,
  GROUP,
  LABELS,
  TENANT_SECRET,
  TENANTS_NAMESPACE,
  type Tenant,
  type TenantNames,
  tenantNames,
  VERSION,
} from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { tokenForMachine } from '@tenantry/stack/testing/token-for.ts';
import type { Kafka } from 'kafkajs';
import { footprintOf, NOTHING } from './footprint.ts';
import { kafkaOf } from './kafka.ts';
import { KubectlError, kubectl, kubectlApply, kubectlGet } from './kubectl.ts';
import { localPlatform } from './local-platform.ts';
import { TenantApi } from './tenant-api.ts';

/** `spec` of a Tenant as a person would write it: only what is not the default. */
export interface WrittenSpec {
  readonly displayName?: string;
  readonly classRef?: { readonly name: string };
  readonly workload?: { readonly mode?: 'Pooled' | 'Dedicated'; readonly replicas?: number };
  readonly messaging?: { readonly topics: readonly { readonly name: string; readonly partitions?: number; readonly retention?: string }[] };
  readonly lifecycle?: { readonly state: string; readonly reason?: string };
  readonly credentials?: { readonly rotateEvery?: string; readonly overlap?: string };
  readonly deletionPolicy?: 'Retain' | 'Delete';
  readonly deletionProtection?: boolean;
  readonly deletionGracePeriod?: string;
}

/** A Ready tenant that one journey has for itself. */
export interface TestTenant {
  readonly name: string;
  readonly tenantId: string;
  readonly url: string;
  readonly names: TenantNames;
  /** The tenant's own Secret, decoded. */
  readonly secret: Readonly<Record<keyof typeof TENANT_SECRET, string>>;
  /** Its API, called with a token of its own machine client. */
  readonly api: TenantApi;
  /** Kafka with its own user. */
  readonly kafka: Kafka;
}

/** A name no other journey and no earlier run has. `word` says what the tenant is for; at most 30 characters. */
export function freshName(word: string): string {
  return `${word}-${Date.now().toString(36).slice(-6)}${randomBytes(1).toString('hex')}`;
}

/** The object a person would write. */
export function tenantObject(name: string, spec: WrittenSpec, metadata: { labels?: object; annotations?: object } = {}): object {
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'Tenant',
    metadata: { name, ...metadata },
    spec: { classRef: { name: 'standard' }, ...spec },
  };
}

/** `kubectl apply`, `kubectl wait`, and everything a program of the tenant is given. */
export async function onboard(name: string, spec: WrittenSpec = {}): Promise<TestTenant> {
  await kubectlApply(tenantObject(name, spec));
  await waitForReady(name);
  return testTenant(name);
}

/** Exactly what a person types. Ready of this generation, not of the one before. */
export async function waitForReady(name: string, timeoutSeconds = 90): Promise<void> {
  try {
    await kubectl(['wait', '--for=condition=Ready', `tenants.${GROUP}/${name}`, `--timeout=${timeoutSeconds}s`]);
  } catch (error) {
    const { status } = await getTenant(name);
    throw new Error(`${name} is not Ready: ${JSON.stringify(status?.conditions?.filter((condition) => condition.status !== 'True'))}`, {
      cause: error,
    });
  }
}

/** A tenant that exists, with its credentials read from its Secret. @throws Error when it has no id or Secret yet */
export async function testTenant(name: string): Promise<TestTenant> {
  const { status } = await getTenant(name);
  if (status?.tenantId === undefined || status.url === undefined)
    throw new Error(`${name} has no tenantId or url: ${JSON.stringify(status)}`);
  const names = tenantNames(name, localPlatform().cell);
  const { data } = await kubectlGet<{ data: Readonly<Record<string, string>> }>(
    'secret',
    names.credentialsSecret,
    '--namespace',
    TENANTS_NAMESPACE,
  );
  const secret = Object.fromEntries(
    Object.entries(TENANT_SECRET).map(([key, file]) => [key, Buffer.from(data[file] ?? '', 'base64').toString('utf8')]),
  ) as TestTenant['secret'];
  return {
    name,
    tenantId: status.tenantId,
    url: status.url,
    names,
    secret,
    api: new TenantApi(
      status.url,
      cachedToken(() => tokenForMachine(name, secret.clientSecret, secret.clientId)),
    ),
    kafka: kafkaOf(secret.kafkaUsername, secret.kafkaPassword),
  };
}

/** Whether the object is there, be it on its way out. */
export async function tenantExists(name: string): Promise<boolean> {
  return (await kubectl(['get', `tenants.${GROUP}`, name, '--ignore-not-found', '-o', 'name'])).trim() !== '';
}

export function getTenant(name: string): Promise<Tenant> {
  return kubectlGet<Tenant>(`tenants.${GROUP}`, name);
}

/** Events of a Tenant, oldest first, as `kubectl events` shows them. */
export async function eventsOf(name: string): Promise<readonly { reason: string; note: string; type: string }[]> {
  const { items } = await kubectlGet<{
    items: readonly { reason: string; note?: string; type: string; regarding: { name: string; kind: string } }[];
  }>('events.events.k8s.io', '--namespace', 'default');
  return items
    .filter(({ regarding }) => regarding.kind === 'Tenant' && regarding.name === name)
    .map(({ reason, note, type }) => ({ reason, note: note ?? '', type }));
}

/** Takes off protection, chooses Delete without grace and confirms: the three deliberate acts before data may go. */
export async function allowDestruction(name: string): Promise<void> {
  await kubectl([
    'patch',
    `tenants.${GROUP}`,
    name,
    '--type=merge',
    '--patch',
    JSON.stringify({
      metadata: { annotations: { [ANNOTATIONS.confirmDelete]: name } },
      spec: { deletionProtection: false, deletionPolicy: 'Delete', deletionGracePeriod: '0s' },
    }),
  ]);
}

/** Leaves nothing of a tenant, whatever state a failed test left it in; also the clean-up of every journey. */
export async function removeCompletely(name: string): Promise<void> {
  const [retained] = (await footprintOf(name)).postgres.tombstones;
  const exists = await tenantExists(name);
  if (retained === undefined && !exists) return;
  if (retained !== undefined) {
    // Retained data has no object that could be deleted: it is taken back first.
    await kubectlApply(tenantObject(name, {}, { annotations: { [ANNOTATIONS.adopt]: String(retained.tenant_id) } }));
    await waitForReady(name);
  }
  let tenantId: string | undefined;
  await unlessGone(async () => {
    tenantId = (await getTenant(name)).status?.tenantId;
    // A tenant of an operator that is no longer there goes back to the deployed one; one on its way out may be gone with that.
    await kubectl(['label', `tenants.${GROUP}`, name, `${GROUP}/operator-`]);
    await allowDestruction(name);
    await kubectl(['delete', `tenants.${GROUP}`, name, '--timeout=60s']);
  });
  await nothingIsLeftOf(name, tenantId);
}

async function unlessGone(work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    if (!(error instanceof KubectlError && error.message.includes('(NotFound)'))) throw error;
  });
}

/** Looks once. @throws Error saying what is left */
export async function expectNothingOf(name: string, tenantId?: string): Promise<void> {
  const left = await footprintOf(name, tenantId);
  if (JSON.stringify(left) !== JSON.stringify(NOTHING)) throw new Error(`${name} is not gone: ${JSON.stringify(left)}`);
}

/** Waits for the purge. @throws Error saying what is left */
export async function nothingIsLeftOf(name: string, tenantId?: string): Promise<void> {
  await eventually(() => expectNothingOf(name, tenantId), { limitMs: 30_000, everyMs: 250 });
}

/** Names of a dedicated tenant's pods that are Ready. */
export async function readyPods(name: string): Promise<readonly string[]> {
  const { items } = await kubectlGet<{
    items: readonly {
      metadata: { name: string; deletionTimestamp?: string };
      status: { conditions?: readonly { type: string; status: string }[] };
    }[];
  }>('pods', '--namespace', TENANTS_NAMESPACE, '--selector', `${LABELS.tenant}=${name}`);
  return items
    .filter(
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined && status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    )
    .map(({ metadata }) => metadata.name);
}

/** One token for as long as it is good, as a decent client does; tokens live five minutes, so four here. */
export function cachedToken(fetchToken: () => Promise<string>): () => Promise<string> {
  let token: Promise<string> | undefined;
  let goodUntil = 0;
  return () => {
    if (token === undefined || performance.now() > goodUntil) {
      token = fetchToken();
      goodUntil = performance.now() + 240_000;
      token.catch(() => {
        token = undefined;
      });
    }
    return token;
  };
}
