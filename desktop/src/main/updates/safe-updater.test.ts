import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type ClientRequest, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppImageUpdater } from 'electron-updater';
import { ElectronHttpExecutor } from 'electron-updater/out/electronHttpExecutor.js';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { safeUpdater } from './safe-updater.ts';

/** electron-updater itself, with the requests that Electron would make for it made by Node. */
class NodeExecutor extends ElectronHttpExecutor {
  override createRequest(
    ...[options, answer]: Parameters<ElectronHttpExecutor['createRequest']>
  ): ReturnType<ElectronHttpExecutor['createRequest']> {
    return request({ ...(options as object), agent: false }, answer as () => void) as ClientRequest as never;
  }
}

const PROGRAM = Buffer.from('a newer program '.repeat(10_000));
const sha512 = (bytes: Buffer): string => createHash('sha512').update(bytes).digest('base64');

let folder: string;
let server: Server;
let address: string;
/** Path → what is answered. */
let published: Record<string, { readonly body?: string | Buffer; readonly location?: string }>;
let asked: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-updater-'));
  await writeFile(join(folder, 'app-update.yml'), 'updaterCacheDirName: tenantry\n');
  server = createServer(({ url = '' }, answer) => {
    const { pathname } = new URL(url, 'http://server');
    // Its name holds the system and the processor.
    const name = pathname.replace(/^\/latest.*\.yml$/, '/latest.yml');
    asked.push(name);
    const { body, location } = published[name] ?? {};
    answer.writeHead(location !== undefined ? 302 : body === undefined ? 404 : 200, location === undefined ? {} : { location });
    answer.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  vi.stubEnv('APPIMAGE', join(folder, 'Tenantry.AppImage'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await new Promise((closed) => server.close(closed));
  await rm(folder, { recursive: true });
});
afterEach(() => rm(join(folder, 'cache'), { recursive: true, force: true }));

function publish({ version = '1.1.0', file = 'Tenantry-1.1.0.AppImage', hash = sha512(PROGRAM) } = {}): void {
  asked = [];
  published = {
    '/latest.yml': {
      body: `version: ${version}\nfiles:\n  - url: ${file}\n    sha512: ${hash}\n    size: ${PROGRAM.length}\nreleaseNotes: "<b>Faster</b>"\n`,
    },
    '/Tenantry-1.1.0.AppImage': { body: PROGRAM },
  };
}

/** Of a program whose version is 1.0.0. */
function installed({ from = address, isLoopbackSafe = true } = {}) {
  const quitHandlers: unknown[] = [];
  const library = new AppImageUpdater(null, {
    ...{ version: '1.0.0', name: 'tenantry', isPackaged: true },
    ...{ appUpdateConfigPath: join(folder, 'app-update.yml'), userDataPath: folder, baseCachePath: join(folder, 'cache') },
    ...{ whenReady: async () => {}, relaunch: () => {}, quit: () => {}, onQuit: (handler: unknown) => void quitHandlers.push(handler) },
  });
  Object.assign(library, { httpExecutor: new NodeExecutor() });
  return { updater: safeUpdater({ library, address: from, isLoopbackSafe }), library, quitHandlers };
}

const downloaded = () => readdir(join(folder, 'cache/tenantry/pending')).catch(() => []);

it('finds a newer version without getting it, gets it when it is asked to, and installs nothing at the end', async () => {
  publish();
  const { updater, library, quitHandlers } = installed();
  expect(library).toMatchObject({ autoDownload: false, autoInstallOnAppQuit: false, allowDowngrade: false });
  expect(await updater.check()).toEqual({ version: '1.1.0', notes: '<b>Faster</b>' });
  expect(asked).toEqual(['/latest.yml']);
  expect(await downloaded()).toEqual([]);
  const percents: number[] = [];
  await updater.download((percent) => void percents.push(percent));
  expect(asked).toEqual(['/latest.yml', '/Tenantry-1.1.0.AppImage']);
  expect((await readFile(join(folder, 'cache/tenantry/pending/Tenantry-1.1.0.AppImage'))).equals(PROGRAM)).toBe(true);
  expect(percents.at(-1) ?? 100).toBe(100);
  expect(quitHandlers).toEqual([]);
});

it('throws away what is not what the list of versions announced', async () => {
  publish({ hash: sha512(Buffer.from('another program')) });
  const { updater } = installed();
  await updater.check();
  await expect(updater.download(() => {})).rejects.toMatchObject({ problem: 'not-as-announced' });
  expect(await downloaded()).toEqual([]);
});

it.each(['1.0.0', '0.9.9', '1.0.0-beta.1'])('does not go back, nor round in a circle: %s is no newer version', async (version) => {
  publish({ version });
  expect(await installed().updater.check()).toBeUndefined();
});

it('asks nobody but https', () => {
  publish();
  expect(() => installed({ isLoopbackSafe: false })).toThrow(expect.objectContaining({ problem: 'unsafe-address' }));
  expect(() => installed({ from: 'http://updates.example/' })).toThrow(expect.objectContaining({ problem: 'unsafe-address' }));
  expect(asked).toEqual([]);
});

it('follows nobody away from https: neither a redirect nor a name in the list of versions', async () => {
  publish();
  published['/latest.yml'] = { location: 'http://elsewhere.example/latest.yml' };
  await expect(installed().updater.check()).rejects.toMatchObject({ problem: 'unsafe-address' });

  publish({ file: 'http://elsewhere.example/Tenantry-1.1.0.AppImage' });
  const { updater } = installed();
  await updater.check();
  await expect(updater.download(() => {})).rejects.toMatchObject({ problem: 'unsafe-address' });

  publish();
  published['/Tenantry-1.1.0.AppImage'] = { location: 'http://elsewhere.example/Tenantry-1.1.0.AppImage' };
  await expect(updater.check().then(() => updater.download(() => {}))).rejects.toMatchObject({ problem: 'unsafe-address' });
});

it('says whether there is nothing, or something that is no list of versions', async () => {
  publish();
  delete published['/latest.yml'];
  await expect(installed().updater.check()).rejects.toMatchObject({ problem: 'nothing-there' });
  published['/latest.yml'] = { body: 'version: newest' };
  await expect(installed().updater.check()).rejects.toMatchObject({ problem: 'not-as-announced' });
});
