import type { BrowserWindowConstructorOptions, Session, WebContents } from 'electron';
import type { WindowState } from './window-state.ts';

/** What the page may do in its window: what a page in a browser may, less. Electron's security checklist names each of these. */
export function windowOptions(state: WindowState, preload: string): BrowserWindowConstructorOptions {
  const { x, y, width, height } = state;
  return {
    ...(x === undefined || y === undefined ? {} : { x, y }),
    width,
    height,
    minWidth: 640,
    minHeight: 480,
    show: false,
    title: 'Tenantry',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: true,
    },
  };
}

export interface WindowLocks {
  readonly origin: string;
  /** Asked for an address that the page wants to open elsewhere. */
  readonly openExternal: (url: string) => void;
}

/** The only thing a page asks a person's leave for that we need: "copy". */
const ALLOWED_PERMISSIONS: readonly string[] = ['clipboard-sanitized-write'];

/** Keeps the page where it is: it opens no window, goes nowhere else, embeds nothing, and is given no device. */
export function lockPage(contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>, { origin, openExternal }: WindowLocks): void {
  contents.setWindowOpenHandler(({ url }) => {
    openExternal(url);
    return { action: 'deny' };
  });
  const stay = (event: { preventDefault: () => void }, url: string): void => {
    if (!url.startsWith(`${origin}/`)) event.preventDefault();
  };
  contents.on('will-navigate', (event) => stay(event, event.url));
  contents.on('will-redirect', (event) => stay(event, event.url));
  contents.on('will-frame-navigate', (event) => stay(event, event.url));
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** Permissions of every page of the session, whoever asks. */
export function lockPermissions(
  session: Pick<Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'>,
  origin: string,
): void {
  const isAllowed = (permission: string, from: string): boolean =>
    ALLOWED_PERMISSIONS.includes(permission) && (from === origin || from.startsWith(`${origin}/`));
  session.setPermissionRequestHandler((_contents, permission, answer, details) => answer(isAllowed(permission, details.requestingUrl)));
  session.setPermissionCheckHandler((_contents, permission, from) => isAllowed(permission, from));
  session.setDevicePermissionHandler(() => false);
}
