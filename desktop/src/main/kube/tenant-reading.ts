import { explanationOf, type TenantClassStatus } from '@tenantry/contracts';
import type { KubeApi } from '@tenantry/operator/control/kube-api.ts';
import { KubeError } from '@tenantry/operator/control/kube-error.ts';
import { objectTimeline } from '@tenantry/operator/control/object-timeline.ts';
import type { ClassRollout, TenantClassView, TenantReading } from '../../platform/platform-view-questions.ts';
import { fieldOwners } from './field-owners.ts';
import { TENANT_CLASSES, TENANTS, type TenantObject } from './tenant-kinds.ts';
import { tenantPhase } from './tenant-phase.ts';

/** Events live for about an hour; more of them than this nobody reads. */
const MOST_EVENTS = 50;

/** Everything that one tenant's object says, with its class and its events. @throws KubeError `NotFound`. */
export async function readTenant(api: Pick<KubeApi, 'get' | 'list'>, name: string): Promise<TenantReading> {
  const tenant = await api.get(TENANTS, { name });
  if (tenant === undefined) throw new KubeError('NotFound', `there is no tenant ${name}`);
  const [tenantClass, events] = await Promise.all([
    api.get(TENANT_CLASSES, { name: tenant.spec.classRef.name }),
    objectTimeline(api, tenant, MOST_EVENTS),
  ]);
  const { metadata, spec } = tenant;
  const { conditions = [], steps = [], drift, ...status } = tenant.status ?? {};
  return {
    name,
    uid: metadata.uid ?? '',
    version: metadata.resourceVersion ?? '',
    createdAt: metadata.creationTimestamp ?? '',
    deletingSince: metadata.deletionTimestamp,
    phase: tenantPhase(tenant),
    spec,
    status,
    conditions,
    steps,
    drift: drift ?? { count: 0, items: [] },
    explanation: explanationOf(tenant),
    class: tenantClass && { name: tenantClass.metadata.name, spec: tenantClass.spec },
    owners: fieldOwners(tenant),
    events,
    manifest: manifestOf(tenant),
  };
}

/** The plans, by name. */
export async function readClasses(api: Pick<KubeApi, 'list'>): Promise<readonly TenantClassView[]> {
  const { items } = await api.list(TENANT_CLASSES, {});
  return items
    .map(({ metadata, spec, status }) => ({ name: metadata.name, spec, rollout: classRollout(status) }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

function classRollout({ total = 0, updated = 0, paused = 0, failed = [], conditions = [] }: TenantClassStatus = {}): ClassRollout {
  const ready = conditions.find(({ type }) => type === 'Ready');
  return { total, updated, paused, failed, reason: ready?.reason, says: ready?.message };
}

/** The schema of `spec` as the API server publishes it. @throws KubeError when it does not. */
export async function readTenantSchema(api: Pick<KubeApi, 'getRaw'>): Promise<object> {
  const document = (await api.getRaw('/openapi/v3/apis/tenantry.dev/v1alpha1')) as {
    readonly components?: { readonly schemas?: Readonly<Record<string, PublishedSchema>> };
  };
  const schema = Object.values(document.components?.schemas ?? {}).find((each) =>
    each['x-kubernetes-group-version-kind']?.some(({ kind }) => kind === 'Tenant'),
  );
  const spec = schema?.properties?.spec;
  if (spec === undefined) throw new KubeError('NotFound', 'the API server publishes no schema of Tenant: are the CRDs installed?');
  return spec;
}

interface PublishedSchema {
  readonly 'x-kubernetes-group-version-kind'?: readonly { readonly kind: string }[];
  readonly properties?: Readonly<Record<string, object>>;
}

/** A tenant as one would write it: without what only machines read. Pure. */
export function manifestOf({ apiVersion, kind, metadata, spec }: TenantObject): object {
  const { name, labels, annotations } = metadata;
  const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...others } = annotations ?? {};
  const rest = Object.keys(others).length === 0 ? {} : { annotations: others };
  return { apiVersion, kind, metadata: { name, ...(labels && { labels }), ...rest }, spec };
}
