import { join } from 'node:path';
import { app, BrowserWindow, dialog, ipcMain, Notification, net, protocol, safeStorage, screen, session, shell } from 'electron';
import { LINK_SCHEME, linkAmong } from './deep-link.ts';
import { type DesktopApplication, desktopApplication } from './desktop-application.ts';
import type { ElectronPort, ProgramUpdates } from './electron-port.ts';
import { lockPage, lockPermissions, windowOptions } from './main-window.ts';
import { packedAddress } from './updates/update-source.ts';
import { readWindowState, writeWindowState } from './window-state.ts';

const SCHEME = 'app';
const ORIGIN = `${SCHEME}://bundle`;
/** Shown and not yet gone. */
const notifications = new Set<Notification>();
const stateFile = (): string => join(app.getPath('userData'), 'window.json');

const updates: ProgramUpdates = {
  packedAddress: () => packedAddress(join(process.resourcesPath, 'app-update.yml')),
  open: async (address) => {
    const updater = (await import('./updates/open-updater.ts')).openUpdater(address);
    return {
      ...updater,
      restart: async () => {
        // The new program may start before this one has ended, and must not take itself for a second one.
        app.releaseSingleInstanceLock();
        await updater.restart().catch((error: unknown) => {
          app.requestSingleInstanceLock();
          throw error;
        });
      },
    };
  },
};

/** Electron as the rest of the main process knows it. This file is the only one that imports it. */
const port: ElectronPort = {
  handle: (name, answer) =>
    ipcMain.handle(name, (event, input: unknown) => {
      const frame = event.senderFrame;
      // `origin` of a frame under a scheme of ours is "app://bundle".
      return answer({ origin: frame?.origin ?? '', isWholePage: frame !== null && frame.parent === null }, input);
    }),
  tell: (name, notice) => {
    for (const window of BrowserWindow.getAllWindows()) window.webContents.send(name, notice);
  },
  serve: (answer) => protocol.handle(SCHEME, answer),
  openInBrowser: (url) => shell.openExternal(url),
  sealer: {
    isAvailable: async () => {
      // On Linux without a keyring Chromium "seals" with a password that is the same everywhere.
      if (process.platform === 'linux' && ['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend())) return false;
      return await safeStorage.isAsyncEncryptionAvailable();
    },
    seal: (text) => safeStorage.encryptStringAsync(text),
    unseal: async (sealed) => (await safeStorage.decryptStringAsync(Buffer.from(sealed))).result,
  },
  isWindowFocused: () => BrowserWindow.getFocusedWindow() !== null,
  notify: (message, onClick) => {
    if (!Notification.isSupported()) return;
    const notification = new Notification(message);
    // Held here: one that nobody holds is collected, and then a click does nothing.
    notifications.add(notification);
    const forget = () => void notifications.delete(notification);
    notification.once('close', forget);
    notification.once('failed', forget);
    notification.once('click', () => {
      forget();
      showWindow();
      onClick();
    });
    notification.show();
  },
  fetch: (url, init) => net.fetch(url, init),
  // Of the packages for Linux, only an AppImage is the person's own to replace.
  updates: app.isPackaged && (process.platform !== 'linux' || process.env.APPIMAGE !== undefined) ? updates : undefined,
  get userFolder() {
    return app.getPath('userData');
  },
  versions: {
    Tenantry: app.getVersion(),
    Electron: process.versions.electron ?? '',
    Chromium: process.versions.chrome ?? '',
    system: `${process.platform} ${process.arch}`,
  },
};

/** A link that was opened before there was a window to show it in. */
let waitingLink = linkAmong(process.argv);
let application: DesktopApplication | undefined;

protocol.registerSchemesAsPrivileged([
  // Compiled scripts are kept between starts, as a browser keeps those of a site.
  { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
]);

if (!app.requestSingleInstanceLock()) app.quit();
else {
  app.setAsDefaultProtocolClient(LINK_SCHEME);
  app.enableSandbox();
  // macOS tells of a link by an event, the others by starting the application once more.
  app.on('open-url', (event, url) => {
    event.preventDefault();
    openLink(url);
  });
  app.on('second-instance', (_event, words) => {
    const link = linkAmong(words);
    if (link !== undefined) openLink(link);
    showWindow();
  });
  app.on('window-all-closed', () => app.quit());
  app.on('web-contents-created', (_event, contents) =>
    lockPage(contents, { origin: ORIGIN, openExternal: (url) => void application?.openExternal(url) }),
  );
  app
    .whenReady()
    .then(start)
    .catch((error: Error) => {
      dialog.showErrorBox('Tenantry cannot start', error.message);
      app.exit(1);
    });
}

async function start(): Promise<void> {
  lockPermissions(session.defaultSession, ORIGIN);
  application = await desktopApplication({
    port,
    origin: ORIGIN,
    pageFolder: join(import.meta.dirname, '../renderer'),
    writeLog: (line) => console.log(JSON.stringify(line)),
  });
  await openWindow(application);
}

async function openWindow({ log }: DesktopApplication): Promise<void> {
  const state = await readWindowState(
    stateFile(),
    screen.getAllDisplays().map(({ workArea }) => workArea),
  );
  const window = new BrowserWindow(windowOptions(state, join(import.meta.dirname, '../preload/index.cjs')));
  window.once('ready-to-show', () => (state.maximized ? window.maximize() : window.show()));
  window.on(
    'close',
    () => void writeWindowState(stateFile(), { ...window.getNormalBounds(), maximized: window.isMaximized() }).catch(() => {}),
  );
  // A page that crashed is shown anew: what it knew, the servers know.
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    log.warn('the page ended', { reason });
    if (reason !== 'clean-exit') window.reload();
  });
  window.webContents.once('did-finish-load', () => {
    if (waitingLink !== undefined) openLink(waitingLink);
    waitingLink = undefined;
  });
  await window.loadURL(`${ORIGIN}/`);
}

function showWindow(): void {
  const [window] = BrowserWindow.getAllWindows();
  if (window?.isMinimized() === true) window.restore();
  window?.show();
  window?.focus();
}

function openLink(link: string): void {
  if (application === undefined) waitingLink = link;
  else application.openLink(link);
}
