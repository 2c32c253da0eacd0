import { setTimeout as pause } from 'node:timers/promises';
import { Informer } from '@tenantry/operator/control/informer.ts';
import type { KubeClient } from '@tenantry/operator/control/kube-client.ts';
import { TENANTS, type TenantObject } from '@tenantry/operator/kubernetes/resources.ts';

/** All Tenants as a watch shows them, as `kubectl wait` follows them without its start-up time. */
export class TenantView {
  readonly #informer: Informer<TenantObject>;
  readonly #waiting = new Map<string, (tenant: TenantObject) => void>();

  constructor(api: KubeClient, signal: AbortSignal) {
    this.#informer = new Informer({ api, resource: TENANTS });
    this.#informer.onChange((name, _reason, tenant) => this.#waiting.get(name)?.(tenant));
    void this.#informer.start(signal);
  }

  get(name: string): TenantObject | undefined {
    return this.#informer.get(name);
  }

  /** Milliseconds (of `performance.now`) at which every one of them was seen so. @throws Error naming one that does not get there in time. */
  async until(names: readonly string[], isSo: (tenant: TenantObject) => boolean, limitMs: number): Promise<readonly number[]> {
    const all = Promise.all(names.map((name) => this.#seen(name, isSo)));
    const late = new AbortController();
    const deadline = pause(limitMs, undefined, { signal: late.signal }).then(() => {
      const behind = names.map((name) => this.get(name)).find((tenant) => tenant === undefined || !isSo(tenant));
      throw new Error(
        `after ${limitMs / 1000} s ${behind?.metadata.name} is not there: ${JSON.stringify(behind?.status?.conditions?.[0])}`,
      );
    });
    try {
      return await Promise.race([all, deadline]);
    } finally {
      deadline.catch(() => undefined);
      late.abort();
      for (const name of names) this.#waiting.delete(name);
    }
  }

  #seen(name: string, isSo: (tenant: TenantObject) => boolean): Promise<number> {
    const now = this.get(name);
    if (now !== undefined && isSo(now)) return Promise.resolve(performance.now());
    return new Promise((resolve) => {
      this.#waiting.set(name, (tenant) => {
        if (!isSo(tenant)) return;
        this.#waiting.delete(name);
        resolve(performance.now());
      });
    });
  }
}

/** Ready, and of the newest spec. */
export function isReady({ metadata, status }: TenantObject): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === metadata.generation;
}
