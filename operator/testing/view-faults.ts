import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { LABELS, TENANTS_NAMESPACE, tenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { seeded } from '@tenantry/stack/testing/seeded.ts';
import { CHILDREN } from '../src/kubernetes/resources.ts';
import { type KeptOperator, keepOperator } from './kept-operator.ts';
import type { PrivateCluster } from './private-cluster.ts';
import { tracesOf } from './tenant-traces.ts';
import { conditionOf, type TenantWish, type TestCluster, testCluster } from './test-cluster.ts';
import type { TestPlatform } from './test-platform.ts';
import { type UnreliableApiServer, unreliableApiServer } from './unreliable-api-server.ts';

/** How the view of one seed was spoiled and what came of it. */
export interface ViewFaultsOutcome {
  /** Fault → how often. */
  readonly faults: ReadonlyMap<string, number>;
  /** Operators that gave up (a lost lease) and were started again. */
  readonly restarts: number;
  readonly tenants: number;
}

const STORM = { calls: 0.3, events: 0.5 };
const PATIENCE = { limitMs: 90_000, everyMs: 200 };
const ALLOWED = { deletionPolicy: 'Delete', deletionProtection: false, deletionGracePeriod: '0s' } as const;

/**
 * One life in a storm: tenants are made, changed, suspended, deleted and deleted for good by people who see the API server as it is, while
 * the operator sees it through a proxy that lies. Afterwards everything must be as if the weather had been fair, and nothing else gone.
 * @throws AssertionError naming what is wrong
 */
export async function surviveViewFaults(
  { platform, home }: { readonly platform: TestPlatform; readonly home: PrivateCluster },
  seed: number,
  say: (line: string) => void = () => {},
): Promise<ViewFaultsOutcome> {
  const proxy = await unreliableApiServer(home.upstream, seed);
  const cluster = await testCluster(home.adminKubeconfig, `view-${seed}`);
  const workload = { mode: 'Pooled', allowedModes: ['Pooled', 'Dedicated'], maxReplicas: 3 };
  await cluster.makeClass({ workload });
  const operator = await keepOperator(
    platform.environment({
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/none',
      METRICS_PORT: '0',
      LOG_LEVEL: 'debug',
      DRIFT_CHECK_INTERVAL: '2s',
      // What heals a dropped event, brought within the patience of a test.
      RELIST_INTERVAL: '4s',
      KUBECONFIG_FILE: await home.kubeconfigThrough(proxy.url),
    }),
  );
  const story = new Story({ platform, cluster, proxy, operator, random: seeded(seed + 1) });
  try {
    await story.fairBeginning();
    say('four tenants are Ready; the storm begins');
    proxy.weather(STORM);
    await story.stormyMiddle();
    say(`the storm is over after ${[...proxy.faults.values()].reduce((sum, each) => sum + each, 0)} faults`);
    proxy.weather({ calls: 0, events: 0 });
    await story.fairEnd();
    return { faults: proxy.faults, restarts: operator.restarts(), tenants: 5 };
  } catch (error) {
    if (error instanceof Error) error.message += `\nseed ${seed}; the operator’s last words:\n${operator.output().slice(-4000)}`;
    throw error;
  } finally {
    proxy.weather({ calls: 0, events: 0 });
    await operator.stop();
    await cluster[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  }
}

interface StoryParts {
  readonly platform: TestPlatform;
  readonly cluster: TestCluster;
  readonly proxy: UnreliableApiServer;
  readonly operator: KeptOperator;
  readonly random: () => number;
}

class Story {
  readonly #parts: StoryParts;
  /** Is only renamed for people, and loses children by hand. */
  readonly #keeper: string;
  /** Changes in every way there is. */
  readonly #changer: string;
  /** Is deleted with its data kept, and made again under the same name. */
  readonly #leaver: string;
  /** Is deleted for good. */
  readonly #eraser: string;
  /** Comes in the middle of the storm. */
  readonly #newcomer: string;
  readonly #tables = new Map<string, readonly string[]>();
  #leaverId = '';
  #eraserId = '';

  constructor(parts: StoryParts) {
    this.#parts = parts;
    [this.#keeper, this.#changer, this.#leaver, this.#eraser, this.#newcomer] = [1, 2, 3, 4, 5].map(() => parts.platform.slug()) as [
      string,
      string,
      string,
      string,
      string,
    ];
  }

  async fairBeginning(): Promise<void> {
    const { cluster } = this.#parts;
    await cluster.apply(this.#keeper, DEDICATED);
    await cluster.apply(this.#changer, { messaging: { topics: [{ name: 'orders', partitions: 1 }] } });
    await cluster.apply(this.#leaver, { displayName: 'Leaver' });
    await cluster.apply(this.#eraser, ALLOWED, { 'tenantry.dev/confirm-delete': this.#eraser });
    for (const slug of [this.#keeper, this.#changer, this.#leaver, this.#eraser]) {
      await this.#becomes(slug, 'Ready', 'True/Ready');
      this.#tables.set(slug, (await tracesOf(this.#parts, slug)).customersTable);
    }
    this.#leaverId = (await cluster.tenant(this.#leaver))?.status?.tenantId ?? '';
    this.#eraserId = (await cluster.tenant(this.#eraser))?.status?.tenantId ?? '';
  }

  /** People's edits, each after a moment. They talk to the API server itself. */
  async stormyMiddle(): Promise<void> {
    const { cluster, random } = this.#parts;
    const topics = (...names: string[]) => ({ messaging: { topics: names.map((name) => ({ name, partitions: 2 })) } });
    const remove = (kind: 'Secret' | 'Service', name: string) => cluster.api.delete(CHILDREN[kind], { namespace: TENANTS_NAMESPACE, name });
    const edits: (() => Promise<unknown>)[] = [
      () => cluster.apply(this.#newcomer, topics('bills')),
      () => cluster.apply(this.#changer, topics('orders', 'bills')),
      () => cluster.remove(this.#leaver),
      () => remove('Service', tenantNames(this.#keeper, 'x').workload),
      () => cluster.apply(this.#changer, { ...topics('orders'), ...DEDICATED }),
      () => cluster.remove(this.#eraser),
      () => remove('Secret', tenantNames(this.#keeper, 'x').credentialsSecret),
      () => cluster.apply(this.#changer, { ...topics('orders'), lifecycle: { state: 'Suspended', reason: 'unpaid' } }),
      () => cluster.apply(this.#keeper, { ...DEDICATED, displayName: 'Keeper' }),
      () => cluster.apply(this.#changer, { ...topics('orders', 'payments'), ...DEDICATED }),
    ];
    for (const edit of edits) {
      await edit();
      await pause(200 + random() * 900);
    }
  }

  async fairEnd(): Promise<void> {
    const { cluster, platform, operator } = this.#parts;
    await eventually(async () => strictEqual(await cluster.tenant(this.#leaver), undefined), PATIENCE);
    await cluster.apply(this.#leaver, { displayName: 'Another' });
    for (const slug of [this.#newcomer, this.#changer, this.#keeper]) await this.#becomes(slug, 'Ready', 'True/Ready');
    await this.#becomes(this.#leaver, 'Stalled', 'True/NameRetained');
    await eventually(async () => {
      strictEqual(await cluster.tenant(this.#eraser), undefined);
      const { rows } = await platform.admin.query('select purged_at from tenantry.tombstones where tenant_id = $1', [this.#eraserId]);
      ok(rows[0]?.purged_at, 'the purge of the deleted tenant has not ended');
    }, PATIENCE);
    await eventually(() => this.#everythingIsRight(), PATIENCE);
    // Late repairs are over; from here on nothing may be written.
    const before = operator.effects();
    const versions = await this.#versions();
    await pause(3000);
    strictEqual(operator.effects(), before, 'the operator writes although everything is as wanted');
    deepStrictEqual(await this.#versions(), versions);
  }

  async #everythingIsRight(): Promise<void> {
    const dedicated = (slug: string) => [
      `Deployment ${slug}-api`,
      `Secret ${slug}-credentials`,
      `Service ${slug}-api`,
      `ServiceAccount ${slug}-api`,
    ];
    await this.#is(this.#keeper, { topics: ['events'], children: dedicated(this.#keeper) });
    await this.#is(this.#changer, { topics: ['events', 'orders', 'payments'], children: dedicated(this.#changer) });
    await this.#is(this.#newcomer, { topics: ['bills', 'events'], children: [`Secret ${this.#newcomer}-credentials`] });
    for (const slug of [this.#keeper, this.#changer]) {
      const { tombstones, customersTable } = await tracesOf(this.#parts, slug);
      deepStrictEqual({ tombstones, customersTable }, { tombstones: [], customersTable: this.#tables.get(slug) }, `${slug} lost nothing`);
    }
    const left = await tracesOf(this.#parts, this.#leaver);
    deepStrictEqual(left.tombstones, [`${this.#leaver} ${this.#leaverId} Retain false`]);
    deepStrictEqual(left.customersTable, this.#tables.get(this.#leaver), 'what was to be kept is kept');
    deepStrictEqual([left.children, left.access], [[], []]);
    const gone = await tracesOf(this.#parts, this.#eraser);
    deepStrictEqual(gone.tombstones, [`${this.#eraser} ${this.#eraserId} Delete true`]);
    for (const [what, traces] of Object.entries(gone)) if (what !== 'tombstones') deepStrictEqual(traces, [], `${what} of ${this.#eraser}`);
  }

  async #is(slug: string, wanted: { readonly topics: readonly string[]; readonly children: readonly string[] }): Promise<void> {
    const traces = await tracesOf(this.#parts, slug);
    const tenant = await this.#parts.cluster.tenant(slug);
    const { mode } = tenant?.spec.workload ?? {};
    deepStrictEqual(traces.registry, [
      `${slug} ${tenant?.status?.tenantId} ${tenant?.metadata.uid} Active ${this.#parts.cluster.name} ${mode ?? 'Pooled'}`,
    ]);
    const topics = traces.topics.map((line) => line.split(' ')[0]?.slice(slug.length + 1));
    // A topic of a spec that was changed again before the operator saw it may be there or not.
    deepStrictEqual(
      topics.filter((topic) => topic !== 'bills' || wanted.topics.includes('bills')),
      wanted.topics,
    );
    for (const child of wanted.children) ok(traces.children.includes(child), `${slug} lacks ${child}`);
    deepStrictEqual(traces.organizations, [`${slug} true admin,editor,machine,viewer`]);
    deepStrictEqual([traces.clients.length, traces.schemas.length, traces.logins.length], [1, 1, 1], `${slug} has one of each`);
    strictEqual(new Set(traces.migrations).size, traces.migrations.length, `${slug} was migrated once`);
  }

  async #versions(): Promise<readonly (string | undefined)[]> {
    const { cluster } = this.#parts;
    const { items } = await cluster.api.list(CHILDREN.Deployment, { namespace: TENANTS_NAMESPACE, labelSelector: LABELS.tenantId });
    const tenants = await Promise.all([this.#keeper, this.#changer, this.#newcomer, this.#leaver].map((slug) => cluster.tenant(slug)));
    return [...tenants, ...items].map((object) => object?.metadata.resourceVersion);
  }

  async #becomes(slug: string, type: string, condition: string): Promise<void> {
    await eventually(
      async () => strictEqual(conditionOf(await this.#parts.cluster.tenant(slug), type), condition, `${slug} ${type}`),
      PATIENCE,
    );
  }
}

const DEDICATED: TenantWish = { workload: { mode: 'Dedicated', replicas: 2 } };
