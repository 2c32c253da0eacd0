import { setTimeout as pause } from 'node:timers/promises';
import { ANNOTATIONS, GROUP, VERSION } from '@tenantry/contracts';
import { TENANTS, type TenantObject } from '@tenantry/operator/kubernetes/resources.ts';
import type { Platform } from './platform.ts';

/** How long a tenant may take before the bench gives up on it. */
const READY_MS = 60_000;
const GONE_MS = 120_000;

/** Moments of one tenant's way to Ready, in milliseconds since it was applied. */
export interface Moments {
  /** A dedicated tenant: everything outside was made, its pods were not yet ready. */
  readonly waitingForPods: number | undefined;
  readonly ready: number;
}

/** Applies Tenants and follows them by a watch, as `kubectl apply` and `kubectl wait` do, without their start-up time. */
export class OperatorTenants {
  readonly #platform: Platform;
  readonly #stop = new AbortController();
  readonly #seen = new Map<string, (tenant: TenantObject) => void>();
  readonly #watching: Promise<void>;

  private constructor(platform: Platform, resourceVersion: string) {
    this.#platform = platform;
    this.#watching = this.#watch(resourceVersion);
  }

  static async open(platform: Platform): Promise<OperatorTenants> {
    return new OperatorTenants(platform, (await platform.kube.list(TENANTS)).resourceVersion);
  }

  /** Resolves when it is Ready. @throws Error with its conditions when it does not get there. */
  async make(slug: string, className: string): Promise<Moments> {
    const started = performance.now();
    let waitingForPods: number | undefined;
    let last: TenantObject | undefined;
    const ready = new Promise<Moments>((resolve) => {
      this.#seen.set(slug, (tenant) => {
        last = tenant;
        const at = performance.now() - started;
        const condition = (type: string) => tenant.status?.conditions?.find((each) => each.type === type);
        if (waitingForPods === undefined && condition('WorkloadReady')?.reason === 'Waiting') waitingForPods = at;
        if (condition('Ready')?.status === 'True') resolve({ waitingForPods, ready: at });
      });
    });
    try {
      await this.#platform.kube.create(TENANTS, tenantObject(slug, className));
      return await Promise.race([
        ready,
        pause(READY_MS, undefined, { ref: false }).then(() => {
          const open = last?.status?.conditions?.filter(({ status }) => status !== 'True') ?? [];
          throw new Error(`${slug} is not Ready after ${READY_MS / 1000} s: ${JSON.stringify(open)}`);
        }),
      ]);
    } finally {
      this.#seen.delete(slug);
    }
  }

  /** Deletes them with all data, waits for the purge, and takes their receipts along: they are of a bench. */
  async remove(slugs: readonly string[]): Promise<void> {
    const { kube, database } = this.#platform;
    const deadline = performance.now() + GONE_MS;
    for (const name of slugs) await kube.delete(TENANTS, { name });
    for (;;) {
      const there = (await kube.list(TENANTS)).items.filter(({ metadata }) => slugs.includes(metadata.name));
      const { rows } = await database.query(`select from tenantry.tenants where slug = any ($1)`, [slugs]);
      if (there.length + rows.length === 0) break;
      if (performance.now() > deadline) throw new Error(`${there.length} Tenants and ${rows.length} registry rows of the bench do not go`);
      await pause(250);
    }
    await database.query('delete from tenantry.tombstones where slug = any ($1) and purged_at is not null', [slugs]);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(resourceVersion: string): Promise<void> {
    const { signal } = this.#stop;
    let from = resourceVersion;
    while (!signal.aborted) {
      try {
        for await (const { object } of this.#platform.kube.watch(TENANTS, { resourceVersion: from, signal })) {
          from = object.metadata.resourceVersion ?? from;
          if (object.metadata.name !== undefined) this.#seen.get(object.metadata.name)?.(object);
        }
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
    }
  }
}

/** May be deleted at once with everything: the three deliberate acts are made beforehand. */
function tenantObject(slug: string, className: string): TenantObject {
  const spec = { classRef: { name: className }, deletionProtection: false, deletionPolicy: 'Delete', deletionGracePeriod: '0s' };
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'Tenant',
    metadata: { name: slug, annotations: { [ANNOTATIONS.confirmDelete]: slug } },
    // Defaults are the API server's to fill in.
    spec: spec as unknown as TenantObject['spec'],
  };
}
