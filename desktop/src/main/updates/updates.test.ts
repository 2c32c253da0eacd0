import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { UpdateView } from '../../platform/updates.ts';
import { DesktopLog } from '../desktop-log.ts';
import type { Updater } from '../electron-port.ts';
import { UpdateFailure } from './update-failure.ts';
import type { UpdateSource } from './update-source.ts';
import { Updates } from './updates.ts';

const HOUR_MS = 3_600_000;
const WHERE: UpdateSource = { address: 'https://updates.example/tenantry/' };

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-updates-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const soon = <Value>(look: () => Value | Promise<Value>): Promise<Value> => vi.waitFor(look, { timeout: 30_000 });

/** When the next check is due is known only when the one before has ended. */
const hoursLater = (look: () => void): Promise<void> =>
  soon(async () => {
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    look();
  });

/** Version 1.0.0, for which `newest` has been published. */
function installed({ newest = '1.1.0' as string | undefined, source = WHERE, file = join(folder, `${files++}.json`) } = {}) {
  const world = { newest, failure: undefined as Error | undefined, done: [] as string[] };
  const act = (name: string): void => {
    world.done.push(name);
    if (world.failure !== undefined) throw world.failure;
  };
  const updater: Updater = {
    check: async () => {
      act('check');
      return world.newest === undefined ? undefined : { version: world.newest, notes: '<b>New</b>' };
    },
    download: async (onPercent) => {
      act('download');
      onPercent(42);
      onPercent(42);
    },
    restart: async () => act('restart'),
  };
  const told: UpdateView[] = [];
  const log = new DesktopLog();
  const open = vi.fn(async () => updater);
  const updates = new Updates({ current: '1.0.0', source, open, file, log, onChange: (view) => void told.push(view) });
  const state = (): string => updates.view.state.is;
  const becomes = (wanted: string): Promise<void> => soon(() => expect(state()).toBe(wanted));
  return { updates, world, told, log, open, file, state, becomes };
}

it('asks by itself which version is the newest, not while the application starts, and downloads nothing for days', async () => {
  const { updates, world, becomes } = installed();
  await vi.advanceTimersByTimeAsync(40_000);
  expect(world.done).toEqual([]);
  await vi.advanceTimersByTimeAsync(40_000);
  await becomes('available');
  expect(updates.view).toEqual({ current: '1.0.0', state: { is: 'available', version: '1.1.0', notes: '<b>New</b>' }, isHidden: false });
  for (let day = 0; day < 3; day += 1) {
    const before = world.done.length;
    await hoursLater(() => expect(world.done.length).toBeGreaterThan(before));
  }
  expect(new Set(world.done)).toEqual(new Set(['check']));
  updates.close();
});

it('downloads when it is asked to, says how far it is, and restarts when it is asked to', async () => {
  const { updates, world, told, becomes } = installed();
  await updates.wish('restart');
  await updates.wish('download');
  expect(world.done).toEqual([]);
  await updates.wish('check');
  await updates.wish('restart');
  expect(world.done).toEqual(['check']);
  await updates.wish('download');
  await becomes('ready');
  expect(world.done).toEqual(['check', 'download']);
  expect(told.flatMap(({ state }) => (state.is === 'downloading' ? [state.percent] : []))).toEqual([0, 42]);
  await updates.wish('restart');
  expect(world.done).toEqual(['check', 'download', 'restart']);
  updates.close();
});

it('says nothing of a check of its own that failed, and why to who asked', async () => {
  const { updates, world, told, log, state } = installed();
  world.failure = new Error('net::ERR_NAME_NOT_RESOLVED');
  await vi.advanceTimersByTimeAsync(80_000);
  await soon(() => expect(log.lines).toMatchObject([{ level: 'error', message: 'looking for a newer version failed' }]));
  expect([told, state()]).toEqual([[], 'newest']);
  expect((await updates.wish('check')).state).toEqual({ is: 'failed', wish: 'check', problem: 'no-answer' });
  world.failure = new UpdateFailure('unsafe-address');
  expect((await updates.wish('check')).state).toMatchObject({ problem: 'unsafe-address' });
  updates.close();
});

it('offers a skipped version no more, after a restart either; the one after it, and to who looks for it', async () => {
  const before = installed();
  await before.updates.wish('check');
  expect(await before.updates.wish('skip')).toMatchObject({ isHidden: true });
  before.updates.close();

  const { updates, world, becomes } = installed({ file: before.file });
  await vi.advanceTimersByTimeAsync(80_000);
  await becomes('available');
  expect(updates.view.isHidden).toBe(true);
  expect(await updates.wish('check')).toMatchObject({ state: { version: '1.1.0' }, isHidden: false });
  await updates.wish('skip');
  world.newest = '1.2.0';
  await hoursLater(() => expect(updates.view).toMatchObject({ state: { version: '1.2.0' }, isHidden: false }));
  updates.close();
});

it('comes back after “later” with the next version, or when somebody looks', async () => {
  const { updates, world } = installed();
  await updates.wish('check');
  await updates.wish('later');
  await vi.advanceTimersByTimeAsync(80_000);
  await soon(() => expect(world.done).toEqual(['check', 'check']));
  expect(updates.view.isHidden).toBe(true);
  world.newest = '1.1.1';
  await hoursLater(() => expect(updates.view).toMatchObject({ state: { version: '1.1.1' }, isHidden: false }));
  updates.close();
});

it('can be asked again for what failed, and goes on with this version meanwhile', async () => {
  const { updates, world, becomes, state } = installed();
  await updates.wish('check');
  world.failure = new UpdateFailure('not-as-announced');
  await updates.wish('download');
  await becomes('failed');
  expect(updates.view.state).toEqual({ is: 'failed', wish: 'download', problem: 'not-as-announced' });
  world.failure = undefined;
  await updates.wish('download');
  await becomes('ready');
  world.failure = new Error('EACCES');
  expect((await updates.wish('restart')).state).toEqual({ is: 'failed', wish: 'restart', problem: 'not-installed' });
  world.failure = undefined;
  await updates.wish('restart');
  expect(world.done.filter((each) => each === 'restart')).toHaveLength(2);
  expect(state()).toBe('failed');
  updates.close();
});

it('looks for nothing else once something is ready, and shows it again to who looks', async () => {
  const { updates, world, becomes } = installed();
  await updates.wish('check');
  await updates.wish('download');
  await becomes('ready');
  await updates.wish('later');
  expect(await updates.wish('check')).toMatchObject({ state: { is: 'ready', version: '1.1.0' }, isHidden: false });
  expect(world.done).toEqual(['check', 'download']);
  updates.close();
});

it.each(['no-address', 'switched-off', 'not-here'] as const)('asks nobody where there is nowhere to ask: %s', async (off) => {
  const { updates, open } = installed({ source: { off } });
  await vi.advanceTimersByTimeAsync(9 * HOUR_MS);
  for (const wish of ['check', 'download', 'restart', 'skip'] as const)
    expect((await updates.wish(wish)).state).toEqual({ is: 'off', reason: off });
  expect(open).not.toHaveBeenCalled();
});
