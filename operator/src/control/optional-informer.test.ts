import { expect, it } from 'vitest';
import { KubeError } from './kube-error.ts';
import { OptionalInformer } from './optional-informer.ts';
import { ObjectServer, THINGS, type Thing } from './testing/object-server.ts';
import { VirtualClock } from './testing/virtual-clock.ts';

/** An API server that serves things only when the test says so. */
function cluster(verbs: readonly string[] | undefined) {
  const clock = new VirtualClock();
  const things = new ObjectServer(() => clock.now());
  const server = { verbs, isDown: false, asked: 0 };
  const api = {
    list: things.list.bind(things),
    watch: things.watch.bind(things),
    getRaw: async (path: string) => {
      server.asked += 1;
      expect(path).toBe('/apis/test/v1');
      if (server.isDown) throw new KubeError('Unreachable', 'refused');
      if (server.verbs === undefined) throw new KubeError('NotFound', 'no such group');
      return { resources: [{ name: 'things', verbs: server.verbs }] };
    },
  } as ConstructorParameters<typeof OptionalInformer<Thing>>[0]['api'];
  const informer = new OptionalInformer<Thing>({ api, resource: THINGS, clock, random: () => 0.5, lookEveryMs: 30_000 });
  const changes: string[] = [];
  informer.onChange((key, reason) => changes.push(`${key} ${reason}`));
  informer.onServedChange(() => changes.push(informer.isServed ? 'served' : 'not served'));
  const stop = new AbortController();
  void informer.start(stop.signal);
  return { clock, things, server, informer, changes, stop };
}
const ALL = ['get', 'list', 'watch', 'patch'];

it('is synced and empty without the kind, and never lists what is not there', async () => {
  const { clock, things, server, informer, changes } = cluster(undefined);
  await clock.advance(95_000);
  await informer.synced;
  expect(informer.isServed).toBe(false);
  expect(informer.stalenessMs()).toBe(0);
  expect(things.calls).toEqual([]);
  expect(server.asked).toBe(4);
  expect(changes).toEqual([]);
});

it('notices a kind that comes later, tells so, and sees its objects', async () => {
  const { clock, things, server, informer, changes } = cluster(undefined);
  await clock.advance(1_000);
  things.put('a', 1);
  server.verbs = ALL;
  await clock.advance(30_000);
  expect(changes).toEqual(['served', 'a added']);
  expect(informer.get('a')?.value).toBe(1);
});

it('lets go of a kind that is being removed, and takes it up again', async () => {
  const { clock, things, server, informer, changes } = cluster(ALL);
  things.put('a', 1);
  await clock.advance(1_000);
  expect(informer.isServed).toBe(true);
  // As a terminating CRD is announced: no more writes.
  server.verbs = ['get', 'list', 'watch', 'delete'];
  await clock.advance(30_000);
  expect(informer.isServed).toBe(false);
  expect(informer.get('a')).toBeUndefined();
  expect(changes.slice(-2)).toEqual(['a deleted', 'not served']);
  server.verbs = ALL;
  await clock.advance(30_000);
  expect(changes.slice(-2)).toEqual(['served', 'a added']);
});

it('keeps what it knew while nobody answers', async () => {
  const { clock, things, server, informer } = cluster(ALL);
  things.put('a', 1);
  await clock.advance(1_000);
  server.isDown = true;
  await clock.advance(90_000);
  expect(informer.get('a')?.value).toBe(1);
});
