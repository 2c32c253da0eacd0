import { expect, it } from 'vitest';
import { lockPage, lockPermissions, windowOptions } from './main-window.ts';

const ORIGIN = 'app://bundle';

it('follows Electron’s security checklist in what the page is given', () => {
  expect(windowOptions({ width: 800, height: 600, maximized: false }, '/preload.cjs').webPreferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
  });
});

it('keeps the page in its place and gives addresses that are to be opened elsewhere away', () => {
  const listeners = new Map<string, (event: { url?: string; preventDefault: () => void }) => void>();
  let openWindow: ((details: { url: string }) => unknown) | undefined;
  const opened: string[] = [];
  const contents = {
    on: (name: string, listener: never) => void listeners.set(name, listener),
    setWindowOpenHandler: (handler: never) => {
      openWindow = handler;
    },
  };
  lockPage(contents as never, { origin: ORIGIN, openExternal: (url) => opened.push(url) });
  expect(openWindow?.({ url: 'https://example.org' })).toEqual({ action: 'deny' });
  expect(opened).toEqual(['https://example.org']);
  const isStopped = (name: string, url: string): boolean => {
    let stopped = false;
    listeners.get(name)?.({
      url,
      preventDefault: () => {
        stopped = true;
      },
    });
    return stopped;
  };
  for (const name of ['will-navigate', 'will-redirect', 'will-frame-navigate']) {
    expect(isStopped(name, `${ORIGIN}/index.html#/tenants/acme`)).toBe(false);
    for (const url of ['https://example.org/', 'app://bundle.evil/', 'file:///etc/passwd', 'javascript:alert(1)'])
      expect(isStopped(name, url)).toBe(true);
  }
  expect(isStopped('will-attach-webview', '')).toBe(true);
});

it('grants the page "copy" and nothing else, and other pages nothing', () => {
  let request:
    | ((contents: null, permission: string, answer: (granted: boolean) => void, details: { requestingUrl: string }) => void)
    | undefined;
  let check: ((contents: null, permission: string, origin: string) => boolean) | undefined;
  let device: (() => boolean) | undefined;
  lockPermissions(
    {
      setPermissionRequestHandler: (handler: never) => {
        request = handler;
      },
      setPermissionCheckHandler: (handler: never) => {
        check = handler;
      },
      setDevicePermissionHandler: (handler: never) => {
        device = handler;
      },
    } as never,
    ORIGIN,
  );
  const asked = (permission: string, requestingUrl: string): boolean | undefined => {
    let granted: boolean | undefined;
    request?.(null, permission, (value) => (granted = value), { requestingUrl });
    return granted;
  };
  expect(asked('clipboard-sanitized-write', `${ORIGIN}/index.html`)).toBe(true);
  for (const permission of ['media', 'geolocation', 'clipboard-read', 'openExternal', 'fullscreen', 'fileSystem'])
    expect([permission, asked(permission, `${ORIGIN}/`), check?.(null, permission, ORIGIN)]).toEqual([permission, false, false]);
  expect(asked('clipboard-sanitized-write', 'https://evil.example/')).toBe(false);
  expect(device?.()).toBe(false);
});
