import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import type { CallOptions, KubeApi } from './kube-api.ts';
import { KubeError } from './kube-error.ts';
import type { KubeObject } from './kube-object.ts';
import { LeaderElection, NotLeadingError } from './leader.ts';
import type { Lease } from './lease.ts';
import { PROPERTY_RUNS, PROPERTY_TIME_MS } from './testing/property-runs.ts';
import { ProcessClock, settle, VirtualClock } from './testing/virtual-clock.ts';

/** The one Lease, with resourceVersion checked as the API server does. */
class LeaseServer {
  private stored: Lease | undefined;
  private version = 0;

  read(): Lease | undefined {
    return this.stored;
  }

  write(lease: Lease, isNew: boolean): Lease {
    if (isNew && this.stored !== undefined) throw new KubeError('AlreadyExists', 'there is one');
    if (!isNew && lease.metadata.resourceVersion !== this.stored?.metadata.resourceVersion) throw new KubeError('Conflict', 'old');
    this.version += 1;
    this.stored = { ...lease, metadata: { ...lease.metadata, uid: 'one', resourceVersion: `${this.version}` } };
    return this.stored;
  }
}

/** What may happen to a call: how long there and back, and whether request or answer are lost. */
interface Weather {
  readonly thereMs: number;
  readonly backMs: number;
  readonly lost: 'nothing' | 'request' | 'answer';
}

const FAIR: Weather = { thereMs: 1, backMs: 1, lost: 'nothing' };

/** The way to the server through the weather. The request travels in the world's time; the answer waits while the process is paused. */
function leaseApi(server: LeaseServer, world: Clock, process: Clock, weather: () => Weather): Pick<KubeApi, 'get' | 'create' | 'replace'> {
  const call = async <R>(action: () => R, { signal, timeoutMs = 10_000 }: CallOptions = {}): Promise<R> => {
    const { thereMs, backMs, lost } = weather();
    return await new Promise<R>((resolve, reject) => {
      const fail = () => reject(new KubeError('Timeout', 'no answer'));
      process.setTimeout(fail, timeoutMs);
      signal?.addEventListener('abort', fail);
      world.setTimeout(() => {
        if (lost === 'request') return;
        let answer: () => void;
        try {
          const result = action();
          answer = () => resolve(result);
        } catch (error) {
          answer = () => reject(error);
        }
        if (lost === 'nothing') process.setTimeout(answer, backMs);
      }, thereMs);
    });
  };
  return {
    get: (_, __, options) => call(() => server.read() as never, options),
    create: (_, object: KubeObject, options) => call(() => server.write(object as Lease, true) as never, options),
    replace: (_, object: KubeObject, options) => call(() => server.write(object as Lease, false) as never, options),
  };
}

interface Candidate {
  readonly election: LeaderElection;
  readonly clock: ProcessClock;
  readonly stop: AbortController;
  readonly finished: Promise<void>;
  readonly events: string[];
}

function candidate(
  identity: string,
  server: LeaseServer,
  world: VirtualClock,
  options: { skewMs?: number; weather?: () => Weather; drainMs?: number; work?: (signal: AbortSignal) => Promise<void> } = {},
): Candidate {
  const clock = new ProcessClock(world, options.skewMs);
  const events: string[] = [];
  const stop = new AbortController();
  const untilAbort = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => clock.setTimeout(resolve, options.drainMs ?? 0)));
  const election = new LeaderElection({
    api: leaseApi(server, world, clock, options.weather ?? (() => FAIR)),
    lease: { namespace: 'tenantry-system', name: 'tenantry-operator' },
    identity,
    clock,
    random: () => 0.5,
    onStartedLeading: async (signal) => {
      events.push(`${identity} starts`);
      await (options.work ?? untilAbort)(signal);
      events.push(`${identity} is back`);
    },
    onStoppedLeading: (why) => events.push(`${identity} ${why}`),
  });
  return { election, clock, stop, events, finished: election.run(stop.signal) };
}

describe('LeaderElection', () => {
  it('lets one lead, and the next one after the lease has run out', async () => {
    const world = new VirtualClock();
    const server = new LeaseServer();
    const a = candidate('a', server, world);
    await world.advance(100);
    const b = candidate('b', server, world);
    await world.advance(60_000);
    expect([a.election.isLeading, b.election.isLeading]).toEqual([true, false]);
    a.clock.pause();
    await world.advance(10_000);
    expect([a.election.isLeading, b.election.isLeading]).toEqual([false, false]);
    await world.advance(10_000);
    expect([a.election.isLeading, b.election.isLeading]).toEqual([false, true]);
    expect(server.read()?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1, leaseDurationSeconds: 15 });
  });

  it('knows after a pause that it no longer leads, before anything else runs', async () => {
    const world = new VirtualClock();
    const server = new LeaseServer();
    const a = candidate('a', server, world);
    const b = candidate('b', server, world);
    await world.advance(5_000);
    const [leader, other] = a.election.isLeading ? [a, b] : [b, a];
    leader.clock.pause();
    await world.advance(30_000);
    expect(other.election.isLeading).toBe(true);
    expect(() => leader.election.assertLeading()).toThrow(NotLeadingError);
    expect(() => leader.election.outsideCall()).toThrow(NotLeadingError);
    leader.clock.resume();
    await world.advance(1_000);
    expect(leader.events.at(-2)).toMatch(/lost$/);
    expect(leader.events.at(-1)).toMatch(/is back$/);
  });

  it('stops its work before the lease can run out, even while the renewal hangs', async () => {
    const world = new VirtualClock();
    let weather = FAIR;
    const a = candidate('a', new LeaseServer(), world, { weather: () => weather });
    await world.advance(3_000);
    weather = { thereMs: 1_000_000, backMs: 0, lost: 'nothing' };
    await world.advance(10_000);
    expect(a.events).toEqual(['a starts', 'a lost', 'a is back']);
  });

  it('keeps the lease while the work drains after a stop, then releases it so that the next one need not wait', async () => {
    const world = new VirtualClock();
    const server = new LeaseServer();
    const a = candidate('a', server, world, { drainMs: 40_000 });
    await world.advance(1_000);
    const b = candidate('b', server, world);
    a.stop.abort();
    await world.advance(39_000);
    expect([a.election.isLeading, b.election.isLeading]).toEqual([true, false]);
    await world.advance(4_500);
    await a.finished;
    expect([a.election.isLeading, b.election.isLeading]).toEqual([false, true]);
    expect(a.events).toEqual(['a starts', 'a is back', 'a stopped']);
  });

  it('releases the lease also when it is told to stop while a renewal is on its way', async () => {
    const world = new VirtualClock();
    const server = new LeaseServer();
    const a = candidate('a', server, world, { weather: () => ({ thereMs: 400, backMs: 400, lost: 'nothing' }) });
    await world.advance(1_700);
    expect(a.election.isLeading).toBe(true);
    await world.advance(2_200);
    const before = server.read()?.metadata.resourceVersion;
    a.stop.abort();
    await world.advance(5_000);
    await a.finished;
    expect(server.read()?.spec.holderIdentity).toBe('');
    // The renewal did arrive in between: without waiting for it the release would have been refused.
    expect(server.read()?.metadata.resourceVersion).toBe(`${Number(before) + 2}`);
  });

  it('gives the lease up when the work fails, and lets another try', async () => {
    const world = new VirtualClock();
    const server = new LeaseServer();
    const a = candidate('a', server, world, { work: () => Promise.reject(new Error('no database')) });
    await world.advance(500);
    const b = candidate('b', server, world);
    await world.advance(5_000);
    expect(a.events).toEqual(['a starts', 'a failed']);
    expect(b.election.isLeading).toBe(true);
  });

  it('recovers when its own renewal went through but the answer was lost', async () => {
    const world = new VirtualClock();
    let lost: Weather['lost'] = 'nothing';
    const a = candidate('a', new LeaseServer(), world, { weather: () => ({ ...FAIR, lost }) });
    await world.advance(3_000);
    lost = 'answer';
    await world.advance(2_500);
    lost = 'nothing';
    await world.advance(60_000);
    expect(a.election.isLeading).toBe(true);
    expect(a.events).toEqual(['a starts']);
  });

  it('stops in time although its wall clock was set back an hour', async () => {
    const world = new VirtualClock();
    let weather = FAIR;
    const a = candidate('a', new LeaseServer(), world, { weather: () => weather });
    await world.advance(3_000);
    weather = { thereMs: 1_000_000, backMs: 0, lost: 'nothing' };
    a.clock.setBack(3_600_000);
    await world.advance(11_000);
    expect(a.election.isLeading).toBe(false);
    expect(a.events).toEqual(['a starts', 'a lost', 'a is back']);
  });

  it('counts its term from before it asked, not from when the answer came', async () => {
    const world = new VirtualClock();
    const a = candidate('a', new LeaseServer(), world, { weather: () => ({ thereMs: 0, backMs: 3_000, lost: 'nothing' }) });
    // Reads until 3 s, asks for the lease, and knows at 6 s that it has it.
    await world.advance(6_100);
    expect(a.election.isLeading).toBe(true);
    a.clock.pause();
    await world.advance(6_800);
    expect(a.election.isLeading).toBe(true);
    await world.advance(200);
    expect(a.election.isLeading).toBe(false);
  });

  it(
    'never has two leaders, whatever the network, the clocks and the scheduler do, and always one again afterwards',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: -3_600_000, max: 3_600_000 }), { minLength: 2, maxLength: 3 }), troubles, survive),
        PROPERTY_RUNS,
      );
    },
    PROPERTY_TIME_MS,
  );
});

interface Trouble {
  readonly who: number;
  readonly forMs: number;
  readonly what: 'pause' | 'restart' | Weather;
}

const troubles: fc.Arbitrary<readonly Trouble[]> = fc.array(
  fc.record({
    who: fc.nat(2),
    forMs: fc.integer({ min: 100, max: 25_000 }),
    what: fc.oneof(
      fc.constant('pause' as const),
      fc.constant('restart' as const),
      fc.record<Weather>({
        thereMs: fc.integer({ min: 0, max: 12_000 }),
        backMs: fc.integer({ min: 0, max: 12_000 }),
        lost: fc.constantFrom('nothing', 'request', 'answer'),
      }),
    ),
  }),
  { maxLength: 12 },
);

async function survive(skews: readonly number[], plan: readonly Trouble[]): Promise<void> {
  const world = new VirtualClock();
  const server = new LeaseServer();
  const weathers = skews.map(() => FAIR);
  const begin = (index: number, generation: number) =>
    candidate(`${index}.${generation}`, server, world, { skewMs: skews[index] ?? 0, weather: () => weathers[index] ?? FAIR });
  const all = skews.map((_, index) => begin(index, 0));
  /** Every process that ever was: one that was replaced may still be there, paused. */
  const everybody = [...all];
  /** Until when each one's last outside call, begun while it led, may take effect: the margin. */
  const callsEndAt = new Map<Candidate, number>();
  const check = () => {
    const leaders = everybody.filter(({ election }) => election.isLeading);
    expect(leaders.length, 'at most one leads').toBeLessThanOrEqual(1);
    for (const leader of leaders) {
      for (const [other, endsAt] of callsEndAt) {
        const hasStoppedInOrder = other.events.some((event) => / (stopped|failed)$/.test(event));
        if (other !== leader && !hasStoppedInOrder) expect(endsAt, 'calls of the last leader have ended').toBeLessThanOrEqual(world.now());
      }
      callsEndAt.set(leader, world.now() + 5_000);
    }
  };
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= 500) {
      await world.advance(Math.min(500, left));
      check();
    }
  };

  await pass(3_000);
  for (const [generation, { who, forMs, what }] of plan.entries()) {
    const index = who % skews.length;
    const process = all[index] as Candidate;
    if (what === 'pause') {
      process.clock.pause();
      await pass(forMs);
      process.clock.resume();
    } else if (what === 'restart') {
      // Killed: it never runs again, and another begins in its place.
      process.clock.pause();
      all[index] = begin(index, generation + 1);
      everybody.push(all[index] as Candidate);
      await pass(forMs);
    } else {
      weathers[index] = what;
      await pass(forMs);
      weathers[index] = FAIR;
    }
    await settle();
    check();
  }
  await pass(60_000);
  expect(all.filter(({ election }) => election.isLeading).length, 'one leads again').toBe(1);
}
