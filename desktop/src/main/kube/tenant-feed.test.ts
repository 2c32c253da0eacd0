import type { KubeApi, ListOptions, WatchOptions } from '@tenantry/operator/control/kube-api.ts';
import { KubeError } from '@tenantry/operator/control/kube-error.ts';
import type { KubeObject } from '@tenantry/operator/control/kube-object.ts';
import { ObjectServer, THINGS, type Thing } from '@tenantry/operator/control/testing/object-server.ts';
import { settle, VirtualClock } from '@tenantry/operator/control/testing/virtual-clock.ts';
import { describe, expect, it } from 'vitest';
import { aTenant } from '../../../testing/a-tenant.ts';
import type { TenantsNotice } from '../../platform/platform-view-questions.ts';
import { TenantFeed } from './tenant-feed.ts';

/** The server's things as tenants: their value is the display name. */
function tenantOf({ metadata, value }: Thing): KubeObject {
  const tenant = aTenant({ displayName: `${value}` }, { name: metadata.name });
  return { ...tenant, metadata: { ...tenant.metadata, ...metadata } };
}

function tenantsOf(server: ObjectServer): Pick<KubeApi, 'list' | 'watch'> {
  return {
    list: async (_: unknown, options?: ListOptions) => {
      const page = await server.list(THINGS, options);
      return { ...page, items: page.items.map(tenantOf) } as never;
    },
    watch: (_: unknown, options: WatchOptions) =>
      (async function* () {
        for await (const event of server.watch(THINGS, options)) yield { ...event, object: tenantOf(event.object) };
      })() as never,
  };
}

function feeding() {
  const clock = new VirtualClock();
  const server = new ObjectServer(() => clock.now());
  const told: TenantsNotice[] = [];
  const feed = new TenantFeed({ api: tenantsOf(server), clock, random: () => 0.5, tell: (notice) => told.push(notice) });
  return { clock, server, feed, told, last: () => told.at(-1) };
}

const names = (notices: readonly TenantsNotice[]) => notices.flatMap(({ changed }) => changed.map(({ name }) => name));

describe('the list of tenants', () => {
  it('is told from its beginning in pieces, and says when that was all', async () => {
    const { clock, server, feed, told, last } = feeding();
    for (let index = 0; index < 2_500; index += 1) server.put(`tenant-${index}`, index);
    feed.follow();
    expect(last()).toMatchObject({ reset: true, complete: false, connection: { state: 'connecting' } });
    await clock.advance(1_000);
    expect(new Set(names(told)).size).toBe(2_500);
    expect(Math.max(...told.map(({ changed }) => changed.length))).toBeLessThanOrEqual(1_000);
    expect(last()).toMatchObject({ complete: true, connection: { state: 'live' } });
    expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, index) => index + 1));
  });

  it('tells what changed within a moment at once, each tenant as it is then', async () => {
    const { clock, server, feed, told } = feeding();
    server.put('goes', 1);
    feed.follow();
    await clock.advance(1_000);
    told.length = 0;
    server.put('acme', 1);
    server.put('acme', 2);
    server.remove('goes');
    await settle();
    expect(told).toEqual([]);
    await clock.advance(100);
    expect(told).toMatchObject([{ reset: false, changed: [{ name: 'acme', displayName: '2' }], gone: ['goes'] }]);
  });

  it('lists anew when its version is too old, and forgets what went away meanwhile', async () => {
    const { clock, server, feed, told, last } = feeding();
    server.put('goes', 1);
    feed.follow();
    await clock.advance(1_000);
    server.fault = 'silent';
    server.remove('goes');
    server.put('comes', 1);
    server.forget();
    server.fault = 'none';
    told.length = 0;
    server.disconnect();
    await clock.advance(3_000);
    expect(names(told)).toEqual(['comes']);
    expect(told.flatMap(({ gone }) => gone)).toEqual(['goes']);
    expect(last()?.connection).toEqual({ state: 'live' });
  });

  it('shows the new tenant when one was deleted and made again under the same name while nobody looked', async () => {
    const { clock, server, feed, told } = feeding();
    server.put('acme', 1);
    feed.follow();
    await clock.advance(1_000);
    const before = told.flatMap(({ changed }) => changed).at(-1)?.uid;
    server.isDown = true;
    server.disconnect(new KubeError('Unreachable', 'reset'));
    server.remove('acme');
    server.put('acme', 2);
    server.forget();
    server.isDown = false;
    await clock.advance(10_000);
    const row = told.flatMap(({ changed }) => changed).at(-1);
    expect(row).toMatchObject({ name: 'acme', displayName: '2' });
    expect(row?.uid).not.toBe(before);
  });

  it('says since when it may be old, and backs off while the server is away', async () => {
    const { clock, server, feed, last } = feeding();
    feed.follow();
    await clock.advance(1_000);
    server.isDown = true;
    server.disconnect(new KubeError('Unreachable', 'reset'));
    await clock.advance(60_000);
    const calls = server.calls.length;
    expect(calls).toBeLessThan(12);
    expect(last()?.connection).toMatchObject({ state: 'reconnecting', needsSignIn: false, why: 'refused' });
    // The list came within its first moment, and nothing has proven it since.
    const since = (last()?.connection as { since: string } | undefined)?.since ?? '';
    expect(Date.parse(since)).toBeLessThanOrEqual(Date.UTC(2026, 0, 1) + 1_000);
    server.isDown = false;
    await clock.advance(31_000);
    expect(last()?.connection).toEqual({ state: 'live' });
  });

  it('asks for a sign-in when the session has ended', async () => {
    const { clock, server, feed, last } = feeding();
    feed.follow();
    await clock.advance(1_000);
    server.disconnect(new KubeError('Unauthorized', 'nobody is signed in'));
    await clock.advance(200);
    expect(last()?.connection).toMatchObject({ state: 'reconnecting', needsSignIn: true });
  });

  it('tells everything again to whoever asks again, and nothing after its end', async () => {
    const { clock, server, feed, told } = feeding();
    server.put('acme', 1);
    feed.follow();
    await clock.advance(1_000);
    told.length = 0;
    feed.follow();
    expect(told).toMatchObject([{ reset: true, complete: true, changed: [{ name: 'acme' }] }]);
    feed.close();
    told.length = 0;
    server.put('acme', 2);
    await clock.advance(1_000);
    feed.follow();
    expect(told).toEqual([]);
  });
});
