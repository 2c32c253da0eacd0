import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { FIELD_MANAGER, FINALIZER, STATUS_FIELD_MANAGER, TenantClassSpec, TenantSpec, tenantNames } from '@tenantry/contracts';
import type { EventRecorder } from '@tenantry/operator/control/event-recorder.ts';
import type { KubeClient } from '@tenantry/operator/control/kube-client.ts';
import type { ChildObject } from '@tenantry/operator/kubernetes/port.ts';
import { CHILDREN, TENANTS, type TenantClassObject, type TenantObject } from '@tenantry/operator/kubernetes/resources.ts';
import type { TenantProbe } from '@tenantry/operator/probe/port.ts';
import { TenantCredentials } from '@tenantry/operator/tenant/credentials.ts';
import type { DesiredInput } from '@tenantry/operator/tenant/desired/desired-input.ts';
import { secretFor } from '@tenantry/operator/tenant/desired/secret.ts';
import { API_PORT } from '@tenantry/operator/tenant/desired/service.ts';
import { WORKLOAD_KINDS, workloadObjects } from '@tenantry/operator/tenant/desired/workload-objects.ts';
import { effectiveSpec } from '@tenantry/operator/tenant/effective-spec.ts';
import type { Place } from '@tenantry/operator/tenant/tenant-pass.ts';
import type pg from 'pg';
import { makeInStores, type Stores } from '../tenant-ready/script-tenant.ts';

/** What the script works with: a cell of its own on the same servers, the same API server, and the operator's own clients and rights. */
export interface ScriptWorld extends Stores {
  /** Who makes Tenants. */
  readonly user: KubeClient;
  /** The operator's service account. */
  readonly kube: KubeClient;
  readonly probe: TenantProbe;
  /** Writes the one event of a new tenant, in the background as the operator does. */
  readonly events: EventRecorder;
  readonly place: Place;
  readonly tenantClass: TenantClassObject;
  readonly credentialKey: Buffer;
}

/**
 * The reference: the same outside work in a straight line. The Tenant, its finalizer, the two status writes and the event of a first pass, and the children in
 * Kubernetes, with the bodies the operator sends; the same SQL, Kafka and Keycloak calls; the wait for replicas, and the same probe. It looks at nothing
 * before and nothing after, and would not survive being killed or run twice. `like` is a Ready tenant of the operator's, whose status it copies.
 */
export async function makeInStraightLine(world: ScriptWorld, database: pg.Client, wanted: TenantObject, like: TenantObject): Promise<void> {
  const { user, kube, place, probe, credentialKey, tenantClass } = world;
  const slug = wanted.metadata.name;
  const names = tenantNames(slug, world.cell);
  const made = await user.create(TENANTS, wanted);
  const tenant: TenantObject = { ...made, spec: TenantSpec.parse(made.spec) };
  await kube.patch(TENANTS, { name: slug }, { metadata: { finalizers: [FINALIZER] } });
  const tenantId = randomUUID();
  const credentials = new TenantCredentials(credentialKey, tenantId, 1);
  const { spec } = effectiveSpec(tenant, { ...tenantClass, spec: TenantClassSpec.parse(tenantClass.spec) });
  if (spec === undefined) throw new Error(`${slug} does not fit its class`);
  const told = { ...like.status, tenantId };
  const tell = (status: object) =>
    kube.apply(TENANTS, { apiVersion: made.apiVersion, kind: made.kind, metadata: { name: slug }, status } as unknown as TenantObject, {
      fieldManager: STATUS_FIELD_MANAGER,
      force: true,
      subresource: 'status',
    });
  await tell({ ...told, steps: told.steps?.map((step) => ({ ...step, state: 'NotReached' })) });

  const inStores = await makeInStores(world, database, { slug, tenantId, credentials });
  const input: DesiredInput = { tenant, tenantId, names, spec, credentials, place, seen: {} };
  const put = async (object: ChildObject) =>
    (await kube.apply(CHILDREN[object.kind], object, { fieldManager: FIELD_MANAGER, force: true })).object;
  await put(secretFor(input));
  let url = place.pooledUrl;
  if (spec.mode === 'Dedicated') {
    const objects = workloadObjects(input, undefined);
    for (const kind of WORKLOAD_KINDS.filter((each) => each !== 'ServiceMonitor')) {
      const object = objects[kind];
      if (object === undefined) continue;
      const stored = await put(object);
      if (kind === 'Service') url = `http://${(stored.spec as { clusterIP: string }).clusterIP}:${API_PORT}`;
    }
    await rolledOut(kube, place.tenantsNamespace, names.workload);
  }
  await database.query(`update tenantry.tenants set organization_id = $2, mode = $4, url = $3, updated_at = now() where tenant_id = $1`, [
    tenantId,
    inStores.organizationId,
    url,
    spec.mode,
  ]);
  const request = { url, clientId: names.machineClientId, clientSecret: credentials.for('client').password };
  for (let complaint = await probe.ask(request), tries = 1; complaint !== undefined; complaint = await probe.ask(request), tries += 1) {
    if (tries === 50) throw new Error(`the script’s tenant is not served: ${complaint}`);
    await pause(20);
  }
  await tell(told);
  const note = 'Everything equals the spec.';
  world.events.record(tenant, { type: 'Normal', reason: 'Provisioned', action: 'Reconcile', note });
}

/** Takes its objects in Kubernetes away; the Tenants stay until the API server goes, as no operator looks at them. */
export async function removeChildren(world: ScriptWorld, slug: string): Promise<void> {
  const names = tenantNames(slug, world.cell);
  const { tenantsNamespace: namespace } = world.place;
  await world.kube.delete(CHILDREN.Secret, { namespace, name: names.credentialsSecret });
  for (const kind of WORKLOAD_KINDS.filter((each) => each !== 'ServiceMonitor'))
    await world.kube.delete(CHILDREN[kind], { namespace, name: names.workload });
}

async function rolledOut(kube: KubeClient, namespace: string, name: string): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const found = await kube.get(CHILDREN.Deployment, { namespace, name });
    if (((found?.status as { availableReplicas?: number } | undefined)?.availableReplicas ?? 0) > 0) return;
    await pause(20);
  }
  throw new Error(`Deployment ${name} is not rolled out`);
}
