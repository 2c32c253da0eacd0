import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { desktopApplication } from './desktop-application.ts';
import type { ElectronPort, Sender } from './electron-port.ts';

const ORIGIN = 'app://bundle';
const OPERATION = '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1e01';
const environment = {
  id: 'local',
  name: 'Local',
  kind: 'development',
  tenants: { issuer: 'https://id.example', apiUrl: 'https://api.example' },
};

let userFolder: string;
beforeAll(async () => {
  userFolder = await mkdtemp(join(tmpdir(), 'tenantry-application-'));
  await writeFile(join(userFolder, 'environments.json'), JSON.stringify({ environments: [environment], current: 'local' }));
});
afterAll(() => rm(userFolder, { recursive: true }));

/** The application with nobody signed in; messages of the operating system are noted instead of shown. */
async function started() {
  const handlers = new Map<string, (sender: Sender, input: unknown) => Promise<unknown>>();
  const told: unknown[] = [];
  const messages: { readonly title: string; readonly body: string; readonly click: () => void }[] = [];
  const focus = { isFocused: false };
  const port: ElectronPort = {
    handle: (name, answer) => void handlers.set(name, answer),
    tell: (name, notice) => void told.push([name, notice]),
    serve: () => {},
    openInBrowser: async () => {},
    sealer: { isAvailable: async () => false, seal: async () => new Uint8Array(), unseal: async () => '' },
    isWindowFocused: () => focus.isFocused,
    notify: (message, click) => void messages.push({ ...message, click }),
    fetch: () => Promise.reject(new TypeError('fetch failed')),
    updates: undefined,
    userFolder,
    versions: {},
  };
  await desktopApplication({ port, origin: ORIGIN, pageFolder: userFolder });
  const ask = (name: string, input: unknown) => handlers.get(name)?.({ origin: ORIGIN, isWholePage: true }, input);
  return { ask, told, messages, focus };
}

it('tells of the end of an operation to who looks elsewhere, and a click leads to it', async () => {
  const { ask, told, messages, focus } = await started();
  const ended = { tenant: 'acme', operation: OPERATION, title: 'Import: done', body: 'acme' };
  focus.isFocused = true;
  expect(await ask('activity.tellEnded', ended)).toMatchObject({ ok: true });
  expect(messages).toEqual([]);
  focus.isFocused = false;
  await ask('activity.tellEnded', ended);
  expect(messages).toMatchObject([{ title: 'Import: done', body: 'acme' }]);
  messages[0]?.click();
  expect(told).toEqual([['link.opened', { path: `/tenants/acme/activity?operation=${OPERATION}` }]]);
});

it('leads nowhere but to an operation of a tenant, whatever the window says', async () => {
  const { ask, messages } = await started();
  const ended = { tenant: 'acme', operation: OPERATION, title: 'x', body: 'x' };
  for (const wrong of [{ tenant: '../staff' }, { operation: 'x&y=z' }, { path: '/elsewhere' }])
    expect(await ask('activity.tellEnded', { ...ended, ...wrong })).toMatchObject({ ok: false, problem: { code: 'invalid' } });
  expect(messages).toEqual([]);
});

it('remembers what was seen of a tenant over a restart', async () => {
  const until = '2026-11-23T14:03:00.000Z';
  const before = await started();
  expect(await before.ask('activity.seen', { tenant: 'acme' })).toEqual({ ok: true, value: { until: null } });
  await before.ask('activity.markSeen', { tenant: 'acme', until });
  expect(await (await started()).ask('activity.seen', { tenant: 'acme' })).toEqual({ ok: true, value: { until } });
});

it('keeps nothing of a tenant while nobody is signed in', async () => {
  const { ask } = await started();
  await ask('lastSeen.keep', { tenant: 'acme', name: 'customers', text: 'Ada' });
  expect(await ask('lastSeen.read', { tenant: 'acme', name: 'customers' })).toEqual({ ok: true, value: null });
});
