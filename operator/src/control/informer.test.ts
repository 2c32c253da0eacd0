import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Informer, type InformerOptions } from './informer.ts';
import { KubeError } from './kube-error.ts';
import { type Fault, ObjectServer, THINGS, type Thing } from './testing/object-server.ts';
import { PROPERTY_RUNS, PROPERTY_TIME_MS } from './testing/property-runs.ts';
import { settle, VirtualClock } from './testing/virtual-clock.ts';

function following(options: Partial<InformerOptions<Thing>> = {}) {
  const clock = new VirtualClock();
  const server = new ObjectServer(() => clock.now());
  const informer = new Informer<Thing>({ api: server, resource: THINGS, clock, random: () => 0.5, ...options });
  const changes: string[] = [];
  informer.onChange((key, reason, { value }) => changes.push(`${key} ${reason} ${value}`));
  const stop = new AbortController();
  return { clock, server, informer, changes, stop, start: () => informer.start(stop.signal) };
}

const view = (informer: Informer<Thing>) => new Map(informer.list().map(({ metadata, value }) => [metadata.name, value]));

describe('Informer', () => {
  it('lists in pages, tells of every object once, and is synced then', async () => {
    const { clock, server, informer, changes, start } = following({ pageSize: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(name, 1);
    void start();
    expect(informer.hasSynced).toBe(false);
    await clock.advance(0);
    await informer.synced;
    expect(changes).toHaveLength(5);
    expect(server.calls).toEqual(['list 0', 'list 0', 'list 0', 'watch 0']);
  });

  it('keeps of what has not changed the object it has, when it lists again', async () => {
    const { clock, server, informer, start } = following({ relistIntervalMs: 60_000 });
    server.put('same', 1);
    void start();
    await clock.advance(0);
    const before = informer.get('same');
    server.put('other', 1);
    await clock.advance(120_000);
    expect(server.calls.filter((call) => call.startsWith('list'))).not.toHaveLength(1);
    expect(informer.get('same')).toBe(before);
    expect(informer.get('other')).toBeDefined();
  });

  it('tells of changes and removals, with the last state of what is gone', async () => {
    const { clock, server, informer, changes, start } = following();
    void start();
    await clock.advance(0);
    server.put('a', 1);
    server.put('a', 2);
    server.remove('a');
    await settle();
    expect(changes).toEqual(['a added 1', 'a updated 2', 'a deleted 2']);
    expect(informer.get('a')).toBeUndefined();
  });

  it('lists anew when its version is too old, and tells of what went away meanwhile', async () => {
    const { clock, server, changes, start } = following();
    server.put('stays', 1);
    server.put('goes', 1);
    void start();
    await clock.advance(5_000);
    server.fault = 'silent';
    server.remove('goes');
    server.put('comes', 1);
    server.forget();
    server.fault = 'none';
    server.disconnect();
    changes.length = 0;
    await clock.advance(1_000);
    expect(changes).toEqual(['goes deleted 1', 'comes added 1']);
  });

  it('notices that an object was deleted and made again under the same name while nobody looked', async () => {
    const { clock, server, informer, changes, start } = following();
    server.put('a', 1);
    void start();
    await clock.advance(5_000);
    const before = informer.get('a')?.metadata.uid;
    server.isDown = true;
    server.disconnect(new KubeError('Unreachable', 'reset'));
    server.remove('a');
    server.put('a', 2);
    server.forget();
    server.isDown = false;
    changes.length = 0;
    await clock.advance(10_000);
    expect(changes).toEqual(['a deleted 1', 'a added 2']);
    expect(informer.get('a')?.metadata.uid).not.toBe(before);
  });

  it('is not turned back by events that come a second time', async () => {
    const { clock, server, informer, changes, start } = following();
    void start();
    await clock.advance(0);
    server.fault = 'duplicate';
    server.put('a', 1);
    server.put('a', 2);
    server.put('b', 3);
    await settle();
    expect(informer.get('a')?.value).toBe(2);
    expect(changes).toEqual(['a added 1', 'a updated 2', 'b added 3']);
  });

  it('doubts its version and lists anew when three watches in a row fail, as after etcd was restored from a backup', async () => {
    const { clock, server, start } = following();
    server.fault = 'drop';
    void start();
    await clock.advance(20_000);
    expect(server.calls.map((call) => call.split(' ')[0]).slice(0, 6)).toEqual(['list', 'watch', 'watch', 'watch', 'list', 'watch']);
  });

  it('lists anew from time to time, in case the watch lied', async () => {
    const { clock, server, informer, start } = following({ relistIntervalMs: 600_000 });
    void start();
    await clock.advance(5_000);
    server.fault = 'silent';
    server.put('a', 1);
    await clock.advance(590_000);
    expect(informer.get('a')).toBeUndefined();
    await clock.advance(10_000);
    expect(informer.get('a')?.value).toBe(1);
  });

  it.each<Fault>(['drop', 'gone', 'close'])('asks at most once a second while every watch ends with "%s"', async (fault) => {
    const { clock, server, start } = following();
    server.fault = fault;
    void start();
    await clock.advance(60_000);
    const times = server.calls.filter((call) => call.startsWith('watch')).map((call) => Number(call.split(' ')[1]));
    expect(times.length).toBeGreaterThan(2);
    for (const [index, time] of times.entries()) if (index > 0) expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  it('backs off from a server that is away to one try in about half a minute, and is back soon after it is', async () => {
    const { clock, server, informer, start } = following();
    void start();
    await clock.advance(1_000);
    server.isDown = true;
    server.disconnect(new KubeError('Unreachable', 'reset'));
    await clock.advance(600_000);
    const callsWhileDown = server.calls.length;
    expect(callsWhileDown).toBeLessThan(40);
    expect(informer.stalenessMs()).toBeGreaterThan(599_000);
    server.isDown = false;
    server.put('a', 1);
    await clock.advance(30_000);
    expect(informer.get('a')?.value).toBe(1);
    expect(informer.stalenessMs()).toBeLessThan(30_000);
  });

  it('tells when it is cut off, since which failure, and when it is current again, and nothing of everyday ends', async () => {
    const connections: string[] = [];
    const { clock, server, start } = following({
      onConnection: (each) =>
        connections.push(each.state === 'live' ? 'live' : `cut ${(each.error as KubeError).reason} ${Math.round(each.retryInMs)}`),
    });
    void start();
    await clock.advance(1_000);
    server.forget();
    server.disconnect();
    await clock.advance(2_000);
    expect(connections).toEqual(['live']);
    server.isDown = true;
    server.disconnect(new KubeError('Unreachable', 'reset'));
    await clock.advance(4_000);
    server.isDown = false;
    await clock.advance(10_000);
    expect(connections).toEqual(['live', 'cut Unreachable 1500', 'cut Unreachable 3000', 'live']);
  });

  it('survives a listener that throws, and tells the others', async () => {
    const { clock, server, informer, start } = following();
    const told: string[] = [];
    informer.onChange(() => {
      throw new Error('mistake');
    });
    informer.onChange((key) => told.push(key));
    void start();
    await clock.advance(0);
    server.put('a', 1);
    await settle();
    expect(told).toEqual(['a']);
  });

  it('ends when told, with its watch', async () => {
    const { clock, stop, start } = following();
    const finished = start();
    await clock.advance(5_000);
    stop.abort();
    await finished;
  });

  it(
    'ends with the server’s state and has told every listener of it, whatever happened on the way',
    async () => {
      await fc.assert(fc.asyncProperty(fc.array(happening, { maxLength: 40 }), followAndCompare), PROPERTY_RUNS);
    },
    PROPERTY_TIME_MS,
  );
});

type Circumstance = 'forget' | 'disconnect' | 'reset' | 'down' | 'up';
type Happening =
  | { readonly do: 'put' | 'remove'; readonly name: string }
  | { readonly do: 'fault'; readonly fault: Fault }
  | { readonly do: Circumstance }
  | { readonly do: 'wait'; readonly ms: number };

const name = fc.constantFrom('a', 'b', 'c');
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('put' as const, 'remove' as const), name }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom<Fault>('none', 'drop', 'gone', 'error-event', 'duplicate', 'silent', 'close'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom<Circumstance>('forget', 'disconnect', 'reset', 'down', 'up') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 100, 1_500, 40_000, 700_000) }) },
);

async function followAndCompare(happenings: readonly Happening[]): Promise<void> {
  const { clock, server, informer, stop, start } = following({ pageSize: 2 });
  /** What somebody knows who only listens. */
  const heard = new Map<string, { uid: string | undefined; value: number }>();
  informer.onChange((key, reason, { metadata, value }) => {
    if (reason === 'deleted') {
      expect(heard.delete(key), `${key} was known before it was deleted`).toBe(true);
      return;
    }
    const before = heard.get(key);
    expect(before === undefined, `${key} is new exactly when it is said to be`).toBe(reason === 'added');
    if (before !== undefined) expect(before.uid, `${key} keeps its uid while it lives`).toBe(metadata.uid);
    heard.set(key, { uid: metadata.uid, value });
  });
  const finished = start();
  let value = 0;
  for (const each of happenings) {
    if (each.do === 'put') server.put(each.name, value++);
    else if (each.do === 'remove') server.remove(each.name);
    else if (each.do === 'fault') server.fault = each.fault;
    else if (each.do === 'forget') server.forget();
    else if (each.do === 'disconnect') server.disconnect();
    else if (each.do === 'reset') server.disconnect(new KubeError('Unreachable', 'reset'));
    else if (each.do === 'down') server.isDown = true;
    else if (each.do === 'up') server.isDown = false;
    else if (each.do === 'wait') await clock.advance(each.ms);
    await settle();
  }
  server.fault = 'none';
  server.isDown = false;
  // Watches that were silent are cut by their inactivity timeout, which is the client's; here the connection just ends.
  server.disconnect();
  await clock.advance(60_000);
  expect(view(informer)).toEqual(server.state());
  expect(new Map([...heard].map(([key, each]) => [key, each.value]))).toEqual(server.state());
  stop.abort();
  await finished;
}
