import { FINALIZER, GROUP, LABELS, type TenantSpec, VERSION } from '@tenantry/contracts';
import { KubeClient } from '../src/control/kube-client.ts';
import { defineResource, type KubeObject } from '../src/control/kube-object.ts';
import { CHILDREN, TENANT_CLASSES, TENANTS, type TenantClassObject, type TenantObject } from '../src/kubernetes/resources.ts';

/** What a test writes into a spec; the API server fills in the rest. */
export type TenantWish = Partial<Omit<TenantSpec, 'messaging'>> & {
  readonly messaging?: {
    readonly topics?: readonly { readonly name: string; readonly partitions?: number; readonly retention?: string }[];
    readonly queues?: readonly {
      readonly name: string;
      readonly type?: string;
      readonly maxLength?: number;
      readonly deliveryLimit?: number;
    }[];
  };
};

/** The real API server, for Tenants that only this test's operator handles. */
export interface TestCluster extends AsyncDisposable {
  readonly api: KubeClient;
  /** OPERATOR_NAME of the operator under test, and the name of its class. */
  readonly name: string;
  readonly makeClass: (spec?: object, name?: string) => Promise<void>;
  readonly removeClass: (name: string) => Promise<void>;
  /** Makes or changes a Tenant of this operator, as `kubectl apply --server-side` would. */
  readonly apply: (slug: string, spec?: TenantWish, annotations?: Readonly<Record<string, string>>) => Promise<void>;
  readonly tenant: (slug: string) => Promise<TenantObject | undefined>;
  readonly remove: (slug: string) => Promise<void>;
  /** `reason: note` of every event about the tenant. */
  readonly events: (slug: string) => Promise<string[]>;
  /** The killed process cannot give its Lease back; the next one would wait until it runs out. */
  readonly freeLease: () => Promise<void>;
}

interface StoredEvent extends KubeObject {
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly name: string };
}

const EVENTS = defineResource<StoredEvent>({ group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true });
const LEASES = defineResource<KubeObject>({
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
});

/** Needs the platform's CRDs and namespaces, which `npm run stack -- up tenantry` brings. */
export async function testCluster(kubeconfigFile: string, name: string): Promise<TestCluster> {
  const api = KubeClient.fromKubeconfig(kubeconfigFile);
  const labels = { [LABELS.operator]: name };
  const classes = new Set<string>();
  const made = new Set<string>();
  const asTest = { fieldManager: 'test', force: true };
  const freeLease = async (): Promise<void> => {
    await api.delete(LEASES, { namespace: 'tenantry-system', name: `tenantry-operator-${name}` });
  };
  const makeClass: TestCluster['makeClass'] = async (spec = {}, className = name) => {
    classes.add(className);
    const object = {
      apiVersion: `${GROUP}/${VERSION}`,
      kind: 'TenantClass',
      metadata: { name: className },
      spec,
    } as unknown as TenantClassObject;
    await api.apply(TENANT_CLASSES, object, asTest);
  };
  await makeClass();
  return {
    api,
    name,
    makeClass,
    removeClass: async (className) => {
      await api.delete(TENANT_CLASSES, { name: className });
    },
    apply: async (slug, spec = {}, annotations = {}) => {
      made.add(slug);
      const metadata = { name: slug, labels, annotations };
      const object = { apiVersion: `${GROUP}/${VERSION}`, kind: 'Tenant', metadata, spec: { classRef: { name }, ...spec } };
      await api.apply(TENANTS, object as unknown as TenantObject, asTest);
    },
    tenant: (slug) => api.get(TENANTS, { name: slug }),
    remove: async (slug) => {
      await api.delete(TENANTS, { name: slug });
    },
    events: async (slug) => {
      const { items } = await api.list(EVENTS, { namespace: 'default' });
      return items.filter(({ regarding }) => regarding.name === slug).map(({ reason, note }) => `${reason}: ${note}`);
    },
    freeLease,
    [Symbol.asyncDispose]: async () => {
      for (const slug of made) {
        const left = await api.get(TENANTS, { name: slug });
        if (left === undefined) continue;
        // The test is over and its operator gone: nobody else would take the finalizer off, or get past the delete guard.
        await api.patch(
          TENANTS,
          { name: slug },
          { spec: { deletionProtection: false }, metadata: { annotations: { [`${GROUP}/confirm-delete`]: slug } } },
        );
        await api.delete(TENANTS, { name: slug });
        const ending = await api.get(TENANTS, { name: slug });
        if (ending?.metadata.finalizers?.includes(FINALIZER)) await api.patch(TENANTS, { name: slug }, { metadata: { finalizers: null } });
        await api.delete(CHILDREN.Secret, { namespace: 'tenantry-tenants', name: `${slug}-credentials` });
      }
      for (const className of classes) await api.delete(TENANT_CLASSES, { name: className });
      await freeLease();
      await api.close();
    },
  };
}

/** Status of a condition with its reason, e.g. `False/ClassNotFound`; `absent` when the tenant does not have it for its current spec. */
export function conditionOf(tenant: TenantObject | undefined, type: string): string {
  const condition = tenant?.status?.conditions?.find((each) => each.type === type);
  if (condition === undefined || condition.observedGeneration !== tenant?.metadata.generation) return 'absent';
  return `${condition.status}/${condition.reason}`;
}
