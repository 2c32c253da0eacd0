import { deepStrictEqual, ok } from 'node:assert/strict';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { backupPrefix } from '../src/s3/port.ts';
import { lifePhases, type Phase } from './life-phases.ts';
import { type OperatorProcess, startOperator } from './operator-process.ts';
import type { PrivateCluster } from './private-cluster.ts';
import { anonymousTraces, apiLoginOf, tracesOf } from './tenant-traces.ts';
import { type TestCluster, testCluster } from './test-cluster.ts';
import type { TestPlatform } from './test-platform.ts';

/** Exit code of a process that the failpoint killed. */
const KILLED = 137;
const PATIENCE = { limitMs: 90_000, everyMs: 60 };
const LOOKING = { limitMs: 10_000, everyMs: 200 };
/** A phase is over when this many looks in a row saw it done and no further effect. */
const CALM_LOOKS = 4;
const UUID = /[0-9a-f]{8}([-_])(?:[0-9a-f]{4}\1){3}[0-9a-f]{12}/g;

/** One phase of a life, as it went. */
interface Played {
  /** Deaths on the way: 0 or 1. */
  readonly deaths: number;
  /** Outside effect → how often, over both processes. */
  readonly effects: ReadonlyMap<string, number>;
  /** Kubernetes object → how often the operator wrote it. Leases and events aside: the first is not about tenants, the others are new each time. */
  readonly writes: ReadonlyMap<string, number>;
  /** What there is afterwards, without the tenant's own names. */
  readonly traces: unknown;
}

/** What one life with deaths showed. */
export interface SweepRound {
  /** Phases in which the process died. */
  readonly deaths: number;
  /** Most times any outside effect, and any write of a Kubernetes object, was made more often than in the life without deaths. */
  readonly mostExtraEffects: number;
  readonly mostExtraWrites: number;
}

/** One place in which tenants live one after the other, each with its operator dying somewhere else. Its cell is its own: a purge sees the whole cell. */
export class CrashSweep {
  readonly #platform: TestPlatform;
  readonly #home: PrivateCluster;
  readonly #cluster: TestCluster;
  readonly #phases: readonly Phase[];
  #reference: ReadonlyMap<string, Played> = new Map();
  /** The one that is not to die goes on from phase to phase. */
  #operator: OperatorProcess | undefined;

  private constructor(platform: TestPlatform, home: PrivateCluster, cluster: TestCluster) {
    this.#platform = platform;
    this.#home = home;
    this.#cluster = cluster;
    this.#phases = lifePhases({ platform, cluster });
  }

  /** Plays one life without deaths, which the others are held against. `name`: of the operator, one a sweep. */
  static async begin(platform: TestPlatform, home: PrivateCluster, name: string): Promise<CrashSweep> {
    const cluster = await testCluster(home.adminKubeconfig, name);
    const sweep = new CrashSweep(platform, home, cluster);
    sweep.#reference = await sweep.#life(undefined);
    return sweep;
  }

  /** Phase → how many outside effects it has without a death. */
  effects(): ReadonlyMap<string, number> {
    return new Map([...this.#reference].map(([phase, { effects }]) => [phase, sum(effects)]));
  }

  /**
   * A whole life in which, in each phase, the operator is killed after its `k`-th outside effect and another one goes on.
   * @throws AssertionError when a phase does not end, ends otherwise than without a death, or something was made twice
   */
  async round(k: number): Promise<SweepRound> {
    const life = await this.#life(k);
    let [deaths, mostExtraEffects, mostExtraWrites] = [0, 0, 0];
    for (const [phase, played] of life) {
      const wanted = this.#reference.get(phase);
      if (wanted === undefined) throw new Error(`there is no phase ${phase}`);
      const where = `${phase}, killed after effect ${k}`;
      deepStrictEqual(played.traces, wanted.traces, `${where}: the same is there as without the death`);
      for (const [what, extra] of extras(played.effects, wanted.effects)) {
        ok(extra <= 1, `${where}: ${what} was done ${extra} times more than without the death`);
        mostExtraEffects = Math.max(mostExtraEffects, extra);
      }
      for (const [object, extra] of extras(played.writes, wanted.writes)) {
        ok(extra <= 1, `${where}: ${object} was written ${extra} times more than without the death`);
        mostExtraWrites = Math.max(mostExtraWrites, extra);
      }
      deaths += played.deaths;
    }
    return { deaths, mostExtraEffects, mostExtraWrites };
  }

  async end(): Promise<void> {
    await this.#operator?.stop();
    // Backups outlive their tenant, and would outlive this cell.
    const { rows } = await this.#platform.admin.query('select distinct tenant_id from tenantry.backups');
    for (const { tenant_id } of rows) await this.#platform.ports.bucket?.removeUnder(backupPrefix(tenant_id));
    await this.#cluster[Symbol.asyncDispose]();
  }

  async #life(k: number | undefined): Promise<ReadonlyMap<string, Played>> {
    const slug = this.#platform.slug();
    const life = new Map<string, Played>();
    for (const phase of this.#phases) life.set(phase.name, await this.#play(phase, slug, k));
    return life;
  }

  async #play(phase: Phase, slug: string, k: number | undefined): Promise<Played> {
    const dies = k !== undefined && k <= sum(this.#reference.get(phase.name)?.effects ?? new Map());
    const callsBefore = (await this.#home.calls()).length;
    const before = await this.#identities(slug);
    if (dies) {
      await this.#operator?.stop();
      this.#operator = undefined;
    }
    let from = this.#operator?.output().length ?? 0;
    await phase.edit(slug);
    const outputs: string[] = [];
    let deaths = 0;
    if (dies) {
      const dying = await this.#start(k);
      if (await this.#isKilled(phase, slug, dying)) deaths += 1;
      outputs.push(dying.output());
    }
    if (this.#operator === undefined) {
      this.#operator = await this.#start(undefined);
      from = 0;
    }
    await this.#untilDone(phase, slug, this.#operator);
    outputs.push(this.#operator.output().slice(from));
    const after = await this.#identities(slug);
    const plain = (text: string): string =>
      [...before, ...after].reduce((left, [own, instead]) => left.replaceAll(own, instead), text).replaceAll(UUID, '<uuid>');
    const calls = (await this.#home.calls()).slice(callsBefore);
    const writes = calls.filter(
      ({ verb, resource, name: object, code }) =>
        ['create', 'update', 'patch', 'delete'].includes(verb) &&
        !['leases', 'events'].includes(resource) &&
        object.startsWith(slug) &&
        code < 300,
    );
    // Keycloak cannot list organizations at the moment somebody else's is deleted: a look that fails is done again.
    const found = await eventually(() => tracesOf({ platform: this.#platform, cluster: this.#cluster }, slug), LOOKING);
    const traces = anonymousTraces(found, slug, uidOf(before, after));
    return {
      deaths,
      effects: counted(outputs.flatMap((output) => effectsIn(output).map(plain))),
      writes: counted(writes.map(({ verb, resource, name: object }) => plain(`${verb} ${resource} ${object}`))),
      traces,
    };
  }

  async #start(crashAfter: number | undefined): Promise<OperatorProcess> {
    await this.#cluster.freeLease();
    return await startOperator(this.#environment(crashAfter));
  }

  /** False: the phase ended before that, with fewer effects than without a death. */
  async #isKilled({ name, arrived }: Phase, slug: string, operator: OperatorProcess): Promise<boolean> {
    let code: number | undefined;
    await eventually(async () => {
      code ??= await operator.exit(0);
      if (code === undefined) await arrived(slug);
    }, PATIENCE).catch((error: Error) => {
      throw new Error(`${name} of ${slug}: ${error.message}\n${operator.output().slice(-3000)}`, { cause: error });
    });
    if (code === undefined) code = (await operator.stop()) ?? undefined;
    if (code === KILLED || code === 0) return code === KILLED;
    throw new Error(`the operator ended with ${code}:\n${operator.output().slice(-3000)}`);
  }

  async #untilDone({ name, arrived }: Phase, slug: string, operator: OperatorProcess): Promise<void> {
    let [calm, effects] = [0, -1];
    const look = async (): Promise<void> => {
      const [seen, code] = [effectsIn(operator.output()).length, await operator.exit(0)];
      if (code !== undefined) throw new Error(`the operator ended with ${code}`);
      if (seen !== effects) calm = 0;
      effects = seen;
      await arrived(slug).catch((error: unknown) => {
        calm = 0;
        throw error;
      });
      calm += 1;
      ok(calm > CALM_LOOKS, 'it is still at work');
    };
    await eventually(look, PATIENCE).catch((error: Error) => {
      throw new Error(`${name} of ${slug}: ${error.message}\n${operator.output().slice(-3000)}`, { cause: error });
    });
  }

  #environment(crashAfter: number | undefined): Record<string, string> {
    return this.#platform.environment({
      OPERATOR_NAME: this.#cluster.name,
      SERVICE_IMAGE: 'localhost/none',
      METRICS_PORT: '0',
      LOG_LEVEL: 'debug',
      KUBECONFIG_FILE: this.#home.operatorKubeconfig,
      ...(crashAfter === undefined ? {} : { CRASH_AFTER: `${crashAfter}` }),
    });
  }

  /** What stands for this tenant in names and messages → a word that is the same for all. */
  async #identities(slug: string): Promise<readonly (readonly [string, string])[]> {
    const tenant = await this.#cluster.tenant(slug);
    const [tenantId, uid] = [tenant?.status?.tenantId, tenant?.metadata.uid];
    return [
      ...(tenantId === undefined ? [] : [[tenantId.replaceAll('-', '_'), '<tenantId>'] as const, [tenantId, '<tenantId>'] as const]),
      ...(uid === undefined ? [] : [[uid, '<uid>'] as const]),
      [apiLoginOf(slug), '<apiLogin>@'],
      [slug.replaceAll('-', '_'), '<slug>'],
      [slug, '<slug>'],
    ];
  }
}

function uidOf(...identities: readonly (readonly (readonly [string, string])[])[]): string {
  return identities.flat().find(([, instead]) => instead === '<uid>')?.[0] ?? '';
}

/** The operator logs each of its effects when it logs everything. */
function effectsIn(output: string): string[] {
  return output.split('\n').flatMap((line) => {
    if (!line.includes('"Changed something outside"')) return [];
    return [(JSON.parse(line) as { effect: string }).effect];
  });
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function extras(found: ReadonlyMap<string, number>, wanted: ReadonlyMap<string, number>): (readonly [string, number])[] {
  return [...found].map(([what, count]) => [what, count - (wanted.get(what) ?? 0)] as const);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
