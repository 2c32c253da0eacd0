import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANNOTATIONS, cellLogins, GROUP, LABELS, TENANTS_NAMESPACE, VERSION } from '@tenantry/contracts';
import { EventRecorder } from '@tenantry/operator/control/event-recorder.ts';
import { KubeClient } from '@tenantry/operator/control/kube-client.ts';
import { TENANT_CLASSES, TENANTS, type TenantClassObject, type TenantObject } from '@tenantry/operator/kubernetes/resources.ts';
import { HttpProbe } from '@tenantry/operator/probe/http-probe.ts';
import type { AuditedCall } from '@tenantry/operator/testing/audit-log.ts';
import { type PrivateCluster, privateCluster } from '@tenantry/operator/testing/private-cluster.ts';
import { type TestPlatform, testPlatform } from '@tenantry/operator/testing/test-platform.ts';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { findProcess } from '@tenantry/stack/process.ts';
import type pg from 'pg';
import { CleanUp } from '../clean-up.ts';
import { allProcesses } from '../measure/proc.ts';
import { inParallel } from './in-parallel.ts';
import { OperatorRun } from './operator-run.ts';
import { removeInBulk } from './remove-in-bulk.ts';
import { makeInStraightLine, removeChildren, type ScriptWorld } from './straight-line.ts';
import { TenantView } from './tenant-view.ts';

const CLASS = 'bench';
/** Tenants worked on at the same time, by the operator (its default) and by the script. */
export const CONCURRENCY = 4;
/** One tenant of so many has replicas of its own: simulated ones. */
export const DEDICATED_EVERY = 10;
/** Not the pace of production: several looks and lists within a run. */
export const DRIFT_INTERVAL_MS = 10_000;
const RELIST_INTERVAL_MS = 20_000;

/** A kube-apiserver of its own, our operator from its bundle on a cell of its own, and the script with another cell on the same servers. */
export class OperatorWorld {
  readonly cluster: PrivateCluster;
  /** The operator's cell. */
  readonly ours: TestPlatform;
  readonly view: TenantView;
  /** The administrator of the cluster. */
  readonly user: KubeClient;
  /** Names of the operator's tenants, in the order they were made. */
  readonly made: string[] = [];
  readonly #script: ScriptWorld;
  readonly #theirs: TestPlatform;
  readonly #command: readonly string[];
  readonly #imageEnvironment: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #cleanUp: CleanUp;
  readonly #run = `b${randomBytes(3).toString('hex')}`;
  readonly #pids: Readonly<Record<string, readonly number[]>>;
  #operator: OperatorRun | undefined;
  #starts = 0;
  #count = 0;

  private constructor(parts: {
    cluster: PrivateCluster;
    ours: TestPlatform;
    theirs: TestPlatform;
    view: TenantView;
    user: KubeClient;
    script: ScriptWorld;
    command: readonly string[];
    imageEnvironment: Readonly<Record<string, string>>;
    folder: string;
    cleanUp: CleanUp;
    pids: Readonly<Record<string, readonly number[]>>;
  }) {
    this.cluster = parts.cluster;
    this.ours = parts.ours;
    this.#theirs = parts.theirs;
    this.view = parts.view;
    this.user = parts.user;
    this.#script = parts.script;
    this.#command = parts.command;
    this.#imageEnvironment = parts.imageEnvironment;
    this.#folder = parts.folder;
    this.#cleanUp = parts.cleanUp;
    this.#pids = parts.pids;
  }

  /** Everything but the operator, which `start` starts. */
  static async open(root: string, folder: string, say: (line: string) => void): Promise<OperatorWorld> {
    const cleanUp = new CleanUp(say);
    try {
      const cluster = await privateCluster();
      cleanUp.add(() => cluster[Symbol.asyncDispose]());
      const ours = await testPlatform({ claim: false });
      cleanUp.add(() => ours[Symbol.asyncDispose]());
      // Its cell is brought up to date by claiming it, as the operator does with its own.
      const theirs = await testPlatform();
      cleanUp.add(() => theirs[Symbol.asyncDispose]());
      const user = KubeClient.fromKubeconfig(cluster.adminKubeconfig);
      const kube = KubeClient.fromKubeconfig(cluster.operatorKubeconfig);
      const issuer = ours.stack.keycloak.tenants.url;
      const probe = new HttpProbe({ issuer, ca: ours.stack.ca });
      const stop = new AbortController();
      cleanUp.add(
        () => user.close(),
        () => kube.close(),
        () => probe.close(),
        () => stop.abort(),
      );
      const tenantClass = await user.create(TENANT_CLASSES, {
        apiVersion: `${GROUP}/${VERSION}`,
        kind: 'TenantClass',
        metadata: { name: CLASS },
        spec: { workload: { allowedModes: ['Pooled', 'Dedicated'] } },
      } as unknown as TenantClassObject);
      const environment = theirs.environment({});
      const script: ScriptWorld = {
        ...{ user, kube, probe, tenantClass },
        events: new EventRecorder({ api: kube, component: 'tenantry.dev/operator', instance: 'script' }),
        cell: theirs.cell.name,
        kafka: theirs.ports.kafka,
        identity: theirs.ports.identity,
        credentialKey: Buffer.alloc(32, 'bench'),
        place: {
          cell: theirs.cell,
          tenantsNamespace: TENANTS_NAMESPACE,
          serviceImage: 'none',
          pooledUrl: JSON.parse(readFileSync(environment.CELLS_FILE ?? '', 'utf8')).pooledUrl,
          identityIssuer: issuer,
        },
      };
      const pids = {
        kubernetes: ownServers(),
        postgres: await pidOf('postgres'),
        kafka: await pidOf('kafka'),
        keycloak: await pidOf('keycloak'),
      };
      const command = await OperatorRun.bundle(root, folder);
      const imageEnvironment = await OperatorRun.imageEnvironment(root);
      return new OperatorWorld({
        ...{ cluster, ours, theirs, user, script, command, imageEnvironment, folder, cleanUp, pids },
        view: new TenantView(user, stop.signal),
      });
    } catch (error) {
      await cleanUp.run();
      throw error;
    }
  }

  get operator(): OperatorRun {
    if (this.#operator === undefined) throw new Error('the operator does not run');
    return this.#operator;
  }

  /** Starts the operator; `production`: looks and lists as seldom as it does by itself. */
  async start(pace: 'production' | 'bench'): Promise<void> {
    const often = { DRIFT_CHECK_INTERVAL: `${DRIFT_INTERVAL_MS / 1000}s`, RELIST_INTERVAL: `${RELIST_INTERVAL_MS / 1000}s` };
    const environment = this.ours.environment({
      ...this.#imageEnvironment,
      NODE_ENV: 'production',
      KUBECONFIG_FILE: this.cluster.operatorKubeconfig,
      SERVICE_IMAGE: 'none',
      WORKERS: String(CONCURRENCY),
      ...(pace === 'bench' ? often : {}),
    });
    delete environment.NODE_COMPILE_CACHE;
    this.#starts += 1;
    this.#operator = await OperatorRun.start(this.#command, environment, join(this.#folder, `operator-${this.#starts}.log`));
  }

  async stop(): Promise<void> {
    await this.#operator?.stop();
    this.#operator = undefined;
  }

  /** What the operator's account has written in Kubernetes so far, but for its Lease. */
  async writes(): Promise<readonly AuditedCall[]> {
    const calls = await this.cluster.calls();
    return calls.filter(({ verb, resource }) => !['get', 'list', 'watch'].includes(verb) && resource !== 'leases');
  }

  /** For `observe`. */
  watching() {
    const operator = this.#operator === undefined ? [] : [this.#operator.pid];
    return { watched: { operator, ...this.#pids }, alsoOurs: [process.pid], pidsFolder: stackPaths().pids };
  }

  fresh(count: number): string[] {
    return Array.from({ length: count }, () => `${this.#run}-${this.#count++}`);
  }

  /** Made by a user, as many at a time as a client of Kubernetes would; the operator goes on from there. */
  async apply(slugs: readonly string[]): Promise<void> {
    this.made.push(...slugs);
    await inParallel(slugs, CONCURRENCY, (slug) => this.user.create(TENANTS, tenantObject(slug, {})));
  }

  /** The script makes them, in the shape of what the operator has made, and takes them away again outside of what `timed` measures. */
  async byScript<T>(slugs: readonly string[], timed: (make: () => Promise<void>) => Promise<T>): Promise<T> {
    const like = { Pooled: this.#example('Pooled'), Dedicated: this.#example('Dedicated') };
    const login = { user: cellLogins(this.#theirs.cell.name).operator, password: this.#theirs.operatorPassword };
    const clients: pg.Client[] = [];
    while (clients.length < CONCURRENCY) clients.push(await this.#theirs.database.connect(login));
    try {
      return await timed(async () => {
        await inParallel(slugs, CONCURRENCY, (slug, worker) => {
          const tenant = tenantObject(slug, { [LABELS.operator]: 'script' });
          return makeInStraightLine(this.#script, clients[worker] as pg.Client, tenant, like[tenant.spec.workload?.mode ?? 'Pooled']);
        });
        await this.#script.events.flush();
      });
    } finally {
      for (const client of clients) await client.end();
      await inParallel(slugs, CONCURRENCY * 2, (slug) => removeChildren(this.#script, slug));
      await removeInBulk(this.#theirs.ports, this.#theirs.cell.name, slugs);
    }
  }

  async close(): Promise<void> {
    this.#cleanUp.add(() => removeInBulk(this.ours.ports, this.ours.cell.name, this.made));
    this.#cleanUp.add(() => this.stop());
    await this.#cleanUp.run();
  }

  #example(mode: 'Pooled' | 'Dedicated'): TenantObject {
    const name = this.made.find((each) => modeOf(each) === mode);
    const tenant = name === undefined ? undefined : this.view.get(name);
    if (tenant?.status === undefined) throw new Error(`the operator has made no ${mode} tenant yet`);
    return tenant;
  }
}

function modeOf(slug: string): 'Pooled' | 'Dedicated' {
  return Number(slug.split('-').at(-1)) % DEDICATED_EVERY === 0 ? 'Dedicated' : 'Pooled';
}

function tenantObject(slug: string, labels: Readonly<Record<string, string>>): TenantObject {
  const workload = modeOf(slug) === 'Dedicated' ? { mode: 'Dedicated', replicas: 1 } : { mode: 'Pooled' };
  const spec = { classRef: { name: CLASS }, workload, deletionProtection: false };
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'Tenant',
    metadata: { name: slug, labels, annotations: { [ANNOTATIONS.confirmDelete]: slug } },
    // Defaults are the API server's to fill in.
    spec: spec as unknown as TenantObject['spec'],
  };
}

/** The private API server and its etcd are children of this process. */
function ownServers(): number[] {
  return allProcesses().flatMap(({ pid, parent }) => {
    if (parent !== process.pid) return [];
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.includes('kube-apiserver') || words.includes('etcd') ? [pid] : [];
  });
}

async function pidOf(part: string): Promise<number[]> {
  const found = await findProcess(stackPaths(), part);
  if (found === undefined) throw new Error(`${part} does not run`);
  return [found.pid];
}
