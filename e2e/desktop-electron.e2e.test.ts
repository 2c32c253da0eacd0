import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BRIDGE_NAME, NOTICE_NAMES, QUESTION_NAMES } from '@tenantry/desktop/platform/bridge.ts';
import type { Environment } from '@tenantry/desktop/platform/environment.ts';
import { desktopBuild } from '@tenantry/desktop/testing/desktop-build.ts';
import type { RecordedStart } from '@tenantry/desktop/testing/electron-recorder.ts';
import { type ElectronWindow, electronLacks, electronWindow } from '@tenantry/desktop/testing/electron-window.ts';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why a test cannot run on this machine: tools/test-summary.ts names it. */
    machineLacks?: string;
  }
}

/** Nothing is asked of these servers: the window shows who it would ask. */
const ENVIRONMENT: Environment = {
  id: 'prod',
  name: 'Production',
  kind: 'production',
  tenants: { issuer: 'https://id.example.org/realms/tenantry', clientId: 'tenantry-desktop', apiUrl: 'https://api.example.org' },
  staff: {
    issuer: 'https://id.example.org/realms/platform',
    clientId: 'tenantry-desktop',
    kubernetesUrl: 'https://kubernetes.example.org',
    prometheus: { namespace: 'monitoring', service: 'prometheus' },
    operator: { namespace: 'tenantry-system', service: 'tenantry-operator' },
  },
};

/** Numbers are those of https://www.electronjs.org/docs/latest/tutorial/security. Fuses (19) and the pinned version (16): packaging.test.ts. */
describe('the application as it is given out, held against Electron’s security checklist', () => {
  let start: RecordedStart;
  beforeAll(async () => {
    start = await recordedStart();
  });

  it('2, 3, 4, 6, 8, 9, 10: its page has no Node, a world and a sandbox of its own, and no feature that weakens either', () => {
    expect(start.windows).toHaveLength(1);
    const [{ webPreferences } = { webPreferences: {} }] = start.windows;
    expect(webPreferences).toMatchObject({
      ...{ nodeIntegration: false, nodeIntegrationInWorker: false, nodeIntegrationInSubFrames: false },
      ...{ contextIsolation: true, sandbox: true, webSecurity: true, webviewTag: false },
      ...{ allowRunningInsecureContent: false, experimentalFeatures: false, navigateOnDragDrop: false },
    });
    for (const name of ['enableBlinkFeatures', 'disableBlinkFeatures', 'additionalArguments', 'devTools'])
      expect(webPreferences).not.toHaveProperty(name);
    expect(start.order.indexOf('enableSandbox')).toBeLessThan(start.order.indexOf('whenReady'));
  });

  it('1, 7, 18: it shows its own files by a scheme of its own, which is none of file:, and runs nothing from elsewhere or inline', () => {
    expect(start.addresses).toEqual(['app://bundle/']);
    expect(start.schemes).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
    ]);
    const policy = Object.fromEntries(
      (start.headers['content-security-policy'] ?? '').split('; ').map((line) => [line.split(' ')[0], line.split(' ').slice(1).join(' ')]),
    );
    expect(policy).toMatchObject({
      ...{ 'default-src': "'none'", 'script-src': "'self'", 'connect-src': "'self'", 'object-src': "'none'", 'base-uri': "'none'" },
      ...{ 'form-action': "'none'", 'frame-ancestors': "'none'", 'font-src': "'self'", 'img-src': "'self' data: blob:" },
    });
    expect(JSON.stringify(policy)).not.toMatch(/unsafe|https?:|\*/);
    expect(start.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it('18: nothing but the files of the page can be read, however the way out is spelt', () => {
    const { '/': page, '/index.html': file, ...others } = start.answers;
    expect([page, file]).toEqual([200, 200]);
    expect(Object.keys(others)).toHaveLength(5);
    for (const [path, status] of Object.entries(others)) expect([path, status]).toEqual([path, 404]);
  });

  it('5: the page may copy, and is given nothing else; that is so before it is loaded', () => {
    const granted = Object.entries(start.permissions).filter(([, isGranted]) => isGranted);
    expect(granted.map(([permission]) => permission)).toEqual(['clipboard-sanitized-write']);
    const loaded = start.order.indexOf('loadURL');
    for (const lock of ['setPermissionRequestHandler', 'protocol.handle']) expect(start.order.indexOf(lock)).toBeLessThan(loaded);
    expect(start.order.find((each) => each.startsWith('setDevicePermissionHandler'))).toBeDefined();
  });

  it('11, 12, 13, 14, 15: it goes nowhere, embeds nothing, opens no window, and the browser is given https and nothing else', () => {
    const elsewhere = ['https://example.org/', 'app://bundle.evil/', 'file:///etc/passwd', 'javascript:alert(1)'];
    for (const event of ['will-navigate', 'will-redirect', 'will-frame-navigate', 'will-attach-webview'])
      expect([event, start.stopped[event]]).toEqual([event, elsewhere]);
    expect(start.opened).toEqual({ windows: ['deny', 'deny', 'deny', 'deny'], browser: ['https://example.org/'] });
  });

  it('17, 20: it answers the questions of its own page that bridge.ts names, and nobody else’s', () => {
    expect([...start.questions].sort()).toEqual([...QUESTION_NAMES].sort());
    for (const [sender, codes] of Object.entries(start.refusals)) expect([sender, codes]).toEqual([sender, ['forbidden']]);
  });

  it('a link that is opened leads to a screen or nowhere', () => {
    expect(start.told).toEqual([['link.opened', { path: '/tenants/acme/customers' }]]);
  });
});

describe('newer versions', () => {
  it('are asked for at the address of the installation, by what the built main process loads for it', async () => {
    const { updates } = await recordedStart({ APPIMAGE: '/opt/Tenantry.AppImage' });
    expect(updates.asked).toEqual([expect.stringMatching(/^https:\/\/updates\.example\.org\/tenantry\/latest[\w-]*\.yml\?/)]);
    expect(updates.answer).toMatchObject({ ok: true, value: { state: { is: 'failed', wish: 'check', problem: 'no-answer' } } });
  });

  it('are not looked for by a program that cannot replace itself', async () => {
    const { updates } = await recordedStart();
    expect(updates).toMatchObject({ asked: [], answer: { ok: true, value: { state: { is: 'off', reason: 'not-here' } } } });
  });
});

describe('the application in Electron', () => {
  const lacking = electronLacks();
  let window: ElectronWindow;
  beforeAll(async () => {
    if (lacking === undefined) window = await electronWindow(ENVIRONMENT);
  });
  afterAll(async () => {
    await window?.[Symbol.asyncDispose]();
  });
  const needsElectron = ({ task, skip }: TestContext): void => {
    if (lacking === undefined) return;
    task.meta.machineLacks = lacking;
    skip(lacking);
  };

  it('starts, and its window asks to sign in', async (context) => {
    needsElectron(context);
    await window.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor({ timeout: 60_000 });
    expect(window.page.url()).toMatch(/^app:\/\/bundle\//);
  });

  it('has a page with a sandbox and without Node', async (context) => {
    needsElectron(context);
    expect(await window.page.evaluate('[typeof require, typeof process, typeof Buffer, typeof module]')).toEqual(
      Array.from({ length: 4 }, () => 'undefined'),
    );
    // Of the kernel: a process of Chromium's sandbox is filtered (seccomp 2). For root it does not start one.
    const processes = await window.application.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map(({ webContents }) => webContents.getOSProcessId()),
    );
    expect(processes).toHaveLength(1);
    if (process.getuid?.() !== 0) expect(await readFile(`/proc/${processes[0]}/status`, 'utf8')).toMatch(/^Seccomp:\s+2$/m);
  });

  it('has a bridge of the named questions and notices and nothing else, and main answers it', async (context) => {
    needsElectron(context);
    const names = (part: string) => window.page.evaluate<string[]>(`Object.keys(${BRIDGE_NAME}.${part}).sort()`);
    expect([await names('ask'), await names('on')]).toEqual([[...QUESTION_NAMES].sort(), [...NOTICE_NAMES].sort()]);
    expect(await window.page.evaluate(`${BRIDGE_NAME}.ask['environments.list']()`)).toMatchObject({ ok: true, value: { current: 'prod' } });
    expect(await window.page.evaluate(`${BRIDGE_NAME}.ask['environments.select']({ id: '../../etc' })`)).toMatchObject({ ok: false });
  });

  it('loads nothing from elsewhere and opens no window', async (context) => {
    needsElectron(context);
    const tried = await window.page.evaluate(`Promise.all([
      fetch('https://example.org/').then(() => 'fetched', () => 'refused'),
      fetch('file:///etc/passwd').then(() => 'fetched', () => 'refused'),
      window.open('file:///etc/passwd') === null ? 'refused' : 'opened',
    ])`);
    expect(tried).toEqual(['refused', 'refused', 'refused']);
    expect(window.application.windows()).toHaveLength(1);
  });
});

/** Starts the built main process with a recorder in Electron's place. */
async function recordedStart(environment: Readonly<Record<string, string>> = {}): Promise<RecordedStart> {
  const user = await mkdtemp(join(tmpdir(), 'tenantry-recorded-'));
  try {
    const environments = { environments: [ENVIRONMENT], current: ENVIRONMENT.id, updates: 'https://updates.example.org/tenantry' };
    await writeFile(join(user, 'environments.json'), JSON.stringify(environments));
    const recorder = new URL(import.meta.resolve('@tenantry/desktop/testing/electron-recorder.ts')).href;
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', recorder, join(await desktopBuild(), 'main', 'index.js')], {
      env: { PATH: process.env.PATH ?? '', RECORDED_USER_FOLDER: user, ...environment },
      timeout: 60_000,
    });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as RecordedStart;
  } finally {
    await rm(user, { recursive: true, force: true });
  }
}
