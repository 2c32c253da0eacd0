import { fail, ok, strictEqual } from 'node:assert/strict';
import { REASONS, TenantClassSpec, TenantSpec } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import fc from 'fast-check';
import { isKubeError } from '../src/control/kube-error.ts';
import { TENANT_CLASSES, TENANTS, type TenantClassObject, type TenantObject } from '../src/kubernetes/resources.ts';
import { effectiveSpec } from '../src/tenant/effective-spec.ts';
import { type SpecChange, specChange, type WrittenSpec } from './spec-changes.ts';
import { conditionOf, type TestCluster } from './test-cluster.ts';

/** What became of the edits of a walk. */
export interface WalkCounts {
  readonly transitions: number;
  /** The API server said no; nothing was stored. */
  readonly refused: number;
  readonly ready: number;
  readonly paused: number;
  /** Stalled, each with a reason of the catalogue. */
  readonly stalled: number;
  /** Back to the last spec that was Ready, and Ready again. */
  readonly rolledBack: number;
}

const PATIENCE = { limitMs: 90_000, everyMs: 30 };
const WIDE: WrittenSpec = { workload: { mode: 'Pooled', allowedModes: ['Pooled', 'Dedicated'], maxReplicas: 5 } };

/**
 * One tenant and its two classes, edited at random, rightly and wrongly. After each edit the tenant is Ready (or does nothing because it is
 * paused), or Stalled with a reason, or the API server has refused it; and from wherever it is, the last good spec makes it Ready.
 * @throws AssertionError with all edits so far
 */
export async function walkSpecs(
  cluster: TestCluster,
  slug: string,
  options: { readonly transitions: number; readonly seed: number },
): Promise<WalkCounts> {
  const walk = new Walk(cluster, slug);
  const done: string[] = [];
  try {
    await walk.begin();
    for (const change of fc.sample(specChange, { numRuns: options.transitions, seed: options.seed })) {
      done.push(change.what);
      done.push(`  → ${await walk.step(change)}`);
    }
    await walk.rollBack();
    return walk.counts;
  } catch (error) {
    if (error instanceof Error) error.message += `\n${slug}, seed ${options.seed}, after:\n${done.slice(-24).join('\n')}`;
    throw error;
  }
}

/** All that decides whether a tenant can be Ready. */
interface Wish {
  readonly tenant: WrittenSpec;
  readonly narrow: WrittenSpec;
  readonly wide: WrittenSpec;
}

class Walk {
  readonly counts = { transitions: 0, refused: 0, ready: 0, paused: 0, stalled: 0, rolledBack: 0 };
  readonly #cluster: TestCluster;
  readonly #slug: string;
  #now: Wish = { tenant: { classRef: { name: 'narrow' } }, narrow: {}, wide: WIDE };
  #good: Wish = this.#now;

  constructor(cluster: TestCluster, slug: string) {
    this.#cluster = cluster;
    this.#slug = slug;
  }

  async begin(): Promise<void> {
    await this.#writeClass('narrow', this.#now.narrow);
    await this.#writeClass('wide', this.#now.wide);
    await this.#writeTenant(this.#now.tenant);
    strictEqual(await this.#settled(), 'ready');
  }

  async step({ of, edit }: SpecChange): Promise<string> {
    this.counts.transitions += 1;
    const name = this.#now.tenant.classRef as { name?: string } | undefined;
    const next: Wish =
      of === 'tenant'
        ? { ...this.#now, tenant: edit(this.#now.tenant) }
        : name?.name === 'wide'
          ? { ...this.#now, wide: edit(this.#now.wide) }
          : { ...this.#now, narrow: edit(this.#now.narrow) };
    const refusal = await this.#write(next);
    if (refusal !== undefined) {
      this.counts.refused += 1;
      return `refused: ${refusal}`;
    }
    this.#now = next;
    const outcome = await this.#settled();
    this.counts[outcome] += 1;
    if (outcome === 'ready') this.#good = next;
    // A person who sees Stalled takes the edit back, as often as not at once.
    else if (this.counts.transitions % 2 === 0) await this.rollBack();
    return outcome;
  }

  async rollBack(): Promise<void> {
    const refusal = await this.#write(this.#good);
    strictEqual(refusal, undefined, 'the last good spec is taken again');
    this.#now = this.#good;
    strictEqual(await this.#settled(), 'ready', 'the last good spec makes the tenant Ready');
    this.counts.rolledBack += 1;
  }

  /** The class first, as a person does who knows that it decides. Returns what the API server said when it refused. */
  async #write(wish: Wish): Promise<string | undefined> {
    try {
      if (wish.narrow !== this.#now.narrow) await this.#writeClass('narrow', wish.narrow);
      if (wish.wide !== this.#now.wide) await this.#writeClass('wide', wish.wide);
      await this.#writeTenant(wish.tenant);
      return undefined;
    } catch (error) {
      // For a patch that does not even have the right shape the API server says 500 with these words.
      if (isKubeError(error, 'Invalid', 'BadRequest', 'Forbidden')) return error.message.slice(0, 300);
      if (isKubeError(error) && error.message.includes('failed to create typed patch object')) return error.message.slice(0, 300);
      throw error;
    }
  }

  async #writeTenant(spec: WrittenSpec): Promise<void> {
    const { name } = (spec.classRef ?? {}) as { name?: unknown };
    const own = ['narrow', 'wide', 'missing'].includes(`${name}`) ? { ...spec, classRef: { name: this.#className(`${name}`) } } : spec;
    await this.#cluster.apply(this.#slug, own as object);
  }

  async #writeClass(name: 'narrow' | 'wide', spec: WrittenSpec): Promise<void> {
    await this.#cluster.makeClass(spec, this.#className(name));
  }

  #className(name: string): string {
    return `${name}-${this.#slug}`;
  }

  async #settled(): Promise<'ready' | 'paused' | 'stalled'> {
    const { api } = this.#cluster;
    const stored = (await api.get(TENANTS, { name: this.#slug })) as TenantObject;
    const tenant: TenantObject = { ...stored, spec: TenantSpec.parse(stored.spec) };
    const found = await api.get(TENANT_CLASSES, { name: tenant.spec.classRef.name });
    return eventually(async () => {
      const now = await this.#cluster.tenant(this.#slug);
      const [ready, stalled] = [conditionOf(now, 'Ready'), conditionOf(now, 'Stalled')];
      const isStalled = stalled.startsWith('True/');
      if (found === undefined) strictEqual(stalled, 'True/ClassNotFound');
      // A paused tenant keeps the edit of its class that it had, whether it fits its spec or not.
      else if (tenant.spec.paused) ok(isStalled || ready === 'False/Paused' || ready.startsWith('True/'), `Ready is ${ready}`);
      else if (isAboveItsClass(tenant, found)) strictEqual(stalled, 'True/ClassCeiling');
      else if (isStalled) {
        // Topics that were taken out of the spec keep their data and partitions: only that may stand in the way.
        strictEqual(stalled, 'True/Conflict');
        ok(/partitions, more than/.test(messageOf(now, 'Stalled')), messageOf(now, 'Stalled'));
      } else ok(ready.startsWith('True/'), `Ready is ${ready}: ${messageOf(now, 'Ready')}`);
      if (isStalled) {
        const reason = stalled.split('/')[1] ?? '';
        ok(reason in REASONS, `${reason} is in the catalogue`);
        strictEqual(ready, `False/${reason}`);
        return 'stalled';
      }
      strictEqual(conditionOf(now, 'Reconciling').split('/')[0], 'False', 'what has settled is not Reconciling');
      return tenant.spec.paused ? 'paused' : 'ready';
    }, PATIENCE);
  }
}

function isAboveItsClass(tenant: TenantObject, tenantClass: TenantClassObject): boolean {
  const spec = TenantClassSpec.safeParse(tenantClass.spec);
  if (!spec.success) fail(`the API server stored a class that cannot be read: ${spec.error.message}`);
  return effectiveSpec(tenant, { ...tenantClass, spec: spec.data }).broken !== undefined;
}

function messageOf(tenant: TenantObject | undefined, type: string): string {
  return tenant?.status?.conditions?.find((each) => each.type === type)?.message ?? '';
}
