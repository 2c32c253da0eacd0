import { EventEmitter } from 'node:events';
import { registerHooks } from 'node:module';

/**
 * Stands for Electron while the built main process starts in a plain Node (`node --import` this file): gives it what it asks for, keeps what it has
 * set up, puts some hostile questions to it, and ends with all of it as one line of JSON. `RECORDED_USER_FOLDER` is the user's folder.
 */
export interface RecordedStart {
  /** What the application has done, in this order. */
  readonly order: readonly string[];
  readonly schemes: readonly { readonly scheme: string; readonly privileges: Readonly<Record<string, boolean>> }[];
  readonly windows: readonly { readonly webPreferences: Readonly<Record<string, unknown>> }[];
  readonly addresses: readonly string[];
  /** Permission → whether our page is given it. */
  readonly permissions: Readonly<Record<string, boolean>>;
  /** Event of a page's contents → addresses it is kept from. */
  readonly stopped: Readonly<Record<string, readonly string[]>>;
  /** What became of windows that the page wanted to open, and what the system's browser was given. */
  readonly opened: { readonly windows: readonly string[]; readonly browser: readonly string[] };
  /** Address → status of the answer. */
  readonly answers: Readonly<Record<string, number>>;
  /** Of the page itself. */
  readonly headers: Readonly<Record<string, string>>;
  readonly questions: readonly string[];
  /** Sender → codes of the answers it got to all questions. */
  readonly refusals: Readonly<Record<string, readonly string[]>>;
  /** What the window was told after links were opened. */
  readonly told: readonly unknown[];
  /** What our page was answered when it had newer versions looked for, and which addresses were asked. */
  readonly updates: { readonly answer: unknown; readonly asked: readonly string[] };
}

/** Addresses a page must not be led to. */
const ELSEWHERE = ['https://example.org/', 'app://bundle.evil/', 'file:///etc/passwd', 'javascript:alert(1)'];
const PERMISSIONS = [
  ...['clipboard-read', 'clipboard-sanitized-write', 'display-capture', 'fileSystem', 'fullscreen', 'geolocation', 'hid', 'idle-detection'],
  ...['media', 'mediaKeySystem', 'midi', 'midiSysex', 'notifications', 'openExternal', 'pointerLock', 'serial', 'usb', 'window-management'],
];
/** Spelt as a hostile page would: `new URL` tidies some of it, the handler has to see to the rest. */
const PATHS = ['/', '/index.html', '/%2e%2e/main/index.js', '/..%2fmain%2findex.js', '/..%5cmain%5cindex.js', '/%00', '/package.json'];
const LINKS = [
  'tenantry://tenants/acme/customers',
  'tenantry://tenants/acme/../../etc',
  'tenantry://tenants/acme/customers/javascript:alert(1)',
];

const order: string[] = [];
const schemes: unknown[] = [];
const windows: unknown[] = [];
const addresses: string[] = [];
const told: unknown[] = [];
const browser: string[] = [];
const asked: string[] = [];
const handlers = new Map<string, (event: unknown, input: unknown) => Promise<{ ok: boolean; problem?: { code: string } }>>();
let serve: ((request: Request) => Promise<Response>) | undefined;
let mayRequest: ((contents: null, permission: string, answer: (granted: boolean) => void, details: object) => void) | undefined;
let mayCheck: ((contents: null, permission: string, origin: string) => boolean) | undefined;

const note =
  (name: string) =>
  (...given: unknown[]): void =>
    void order.push(given.length === 0 ? name : `${name} ${JSON.stringify(given)}`);

class Contents extends EventEmitter {
  openWindow: (details: { url: string }) => { action: string } = () => ({ action: 'allow' });
  setWindowOpenHandler(handler: Contents['openWindow']): void {
    this.openWindow = handler;
  }
  send(name: string, notice: unknown): void {
    told.push([name, notice]);
  }
}

class BrowserWindow extends EventEmitter {
  static readonly all: BrowserWindow[] = [];
  static getAllWindows = (): readonly BrowserWindow[] => BrowserWindow.all;
  readonly webContents = new Contents();
  readonly isMinimized = () => false;
  readonly isMaximized = () => false;
  readonly show = note('show');
  readonly focus = note('focus');
  constructor(options: unknown) {
    super();
    windows.push(options);
    BrowserWindow.all.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  async loadURL(address: string): Promise<void> {
    order.push('loadURL');
    addresses.push(address);
    this.webContents.emit('did-finish-load');
    setImmediate(() => void tell(this.webContents));
  }
}

/** Of a machine without a network. */
class NetRequest extends EventEmitter {
  constructor({ protocol, hostname, path }: { readonly protocol: string; readonly hostname: string; readonly path: string }) {
    super();
    asked.push(`${protocol}//${hostname}${path}`);
  }
  end(): void {
    setImmediate(() => this.emit('error', new Error('net::ERR_INTERNET_DISCONNECTED')));
  }
}

const app = Object.assign(new EventEmitter(), {
  isPackaged: process.env.APPIMAGE !== undefined,
  getName: () => 'tenantry',
  getPath: () => process.env.RECORDED_USER_FOLDER,
  getVersion: () => '0.0.0',
  requestSingleInstanceLock: () => true,
  setAsDefaultProtocolClient: note('setAsDefaultProtocolClient'),
  enableSandbox: note('enableSandbox'),
  quit: note('quit'),
  exit: (code: number) => process.exit(code),
  whenReady: async () => note('whenReady')(),
});

const electron = {
  app,
  BrowserWindow,
  dialog: { showErrorBox: (title: string, text: string) => console.error(`${title}: ${text}`) },
  ipcMain: { handle: (name: string, handler: never) => void handlers.set(name, handler) },
  Notification: { isSupported: () => false },
  net: {
    fetch: () => Promise.reject(new Error('nothing is asked of a server here')),
    request: (options: ConstructorParameters<typeof NetRequest>[0]) => new NetRequest(options),
  },
  protocol: {
    registerSchemesAsPrivileged: (asked: readonly unknown[]) => {
      order.push('registerSchemesAsPrivileged');
      schemes.push(...asked);
    },
    handle: (_scheme: string, handler: never) => {
      order.push('protocol.handle');
      serve = handler;
    },
  },
  safeStorage: { getSelectedStorageBackend: () => 'basic_text', isAsyncEncryptionAvailable: async () => false },
  screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] },
  session: {
    fromPartition: () => ({}),
    defaultSession: {
      setPermissionRequestHandler: (handler: never) => {
        order.push('setPermissionRequestHandler');
        mayRequest = handler;
      },
      setPermissionCheckHandler: (handler: never) => {
        mayCheck = handler;
      },
      setDevicePermissionHandler: note('setDevicePermissionHandler'),
    },
  },
  shell: { openExternal: async (url: string) => void browser.push(url) },
};
Object.assign(globalThis, { recordedElectron: electron });

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: 'recorded:electron', shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === 'recorded:electron'
      ? {
          format: 'module',
          shortCircuit: true,
          source: `const { ${Object.keys(electron).join(', ')} } = globalThis.recordedElectron;
export { ${Object.keys(electron).join(', ')} };
export default globalThis.recordedElectron;`,
        }
      : next(url, context),
});

async function tell(contents: Contents): Promise<void> {
  const page = await serve?.(new Request('app://bundle/'));
  const start: RecordedStart = {
    order,
    schemes: schemes as RecordedStart['schemes'],
    windows: windows as RecordedStart['windows'],
    addresses,
    permissions: Object.fromEntries(PERMISSIONS.map((permission) => [permission, isGranted(permission)])),
    stopped: Object.fromEntries(
      ['will-navigate', 'will-redirect', 'will-frame-navigate', 'will-attach-webview'].map((event) => [event, stoppedBy(contents, event)]),
    ),
    opened: { windows: ELSEWHERE.map((url) => contents.openWindow({ url }).action), browser },
    answers: Object.fromEntries(await Promise.all(PATHS.map(async (path) => [path, await statusOf(`app://bundle${path}`)]))),
    headers: Object.fromEntries(page?.headers ?? []),
    questions: [...handlers.keys()],
    refusals: {
      'https://evil.example': await codesFor({ origin: 'https://evil.example', parent: null }),
      'a frame in our page': await codesFor({ origin: 'app://bundle', parent: {} }),
      'a frame that has gone': await codesFor(null),
    },
    told: [],
    updates: { answer: await handlers.get('updates.check')?.({ senderFrame: { origin: 'app://bundle', parent: null } }, undefined), asked },
  };
  told.length = 0;
  for (const link of LINKS) app.emit('second-instance', {}, ['tenantry', link]);
  await new Promise((done) => setImmediate(done));
  process.stdout.write(`${JSON.stringify({ ...start, told })}\n`, () => process.exit(0));
}

function isGranted(permission: string): boolean {
  let granted = false;
  mayRequest?.(null, permission, (answer) => (granted = answer), { requestingUrl: 'app://bundle/' });
  return granted || mayCheck?.(null, permission, 'app://bundle') === true;
}

function stoppedBy(contents: Contents, event: string): readonly string[] {
  return ELSEWHERE.filter((url) => {
    let isStopped = false;
    contents.emit(event, { url, preventDefault: () => (isStopped = true) });
    return isStopped;
  });
}

/** The address as it is: a `Request` has tidied it. */
async function statusOf(url: string): Promise<number> {
  const answer = await serve?.({ url, method: 'GET', headers: new Headers() } as Request);
  return answer?.status ?? 0;
}

async function codesFor(senderFrame: unknown): Promise<readonly string[]> {
  const answers = await Promise.all([...handlers.values()].map((handler) => handler({ senderFrame }, undefined)));
  return [...new Set(answers.map(({ ok, problem }) => (ok ? 'answered' : (problem?.code ?? ''))))];
}
