/** Who asks: the frame a question came from. */
export interface Sender {
  /** Scheme and host of the page in it; empty when it has gone. */
  readonly origin: string;
  /** False for a frame inside the page. */
  readonly isWholePage: boolean;
}

/** The operating system's way to keep a secret for this user. */
export interface Sealer {
  /** False where there is no keyring, or one that would keep it in the clear. */
  readonly isAvailable: () => Promise<boolean>;
  readonly seal: (text: string) => Promise<Uint8Array>;
  /** @throws when it was sealed by somebody else or is broken */
  readonly unseal: (sealed: Uint8Array) => Promise<string>;
}

/** As much of `fetch` as is used here. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Gets and starts newer versions of this program. What it throws is an `UpdateFailure`, or stands for a server that does not answer. */
export interface Updater {
  /** Asks which version is the newest, and gets nothing else. @returns undefined when it is no newer than this one */
  readonly check: () => Promise<{ readonly version: string; readonly notes: string } | undefined>;
  /** Gets what was found last, and looks whether it is what was announced. */
  readonly download: (onPercent: (percent: number) => void) => Promise<void>;
  /** Ends this program, puts the downloaded one in its place and starts that. */
  readonly restart: () => Promise<void>;
}

/** What this program knows of how to replace itself. */
export interface ProgramUpdates {
  /** Where it was packed to look for newer versions; undefined for nowhere. */
  readonly packedAddress: () => Promise<string | undefined>;
  readonly open: (address: string) => Promise<Updater>;
}

/**
 * Everything the main process needs of Electron, in our words. `index.ts` makes it of the real one; tests make one of plain Node, so that all that
 * is behind it is the same code in both.
 */
export interface ElectronPort {
  /** Answers a question of the window. */
  readonly handle: (name: string, answer: (sender: Sender, input: unknown) => Promise<unknown>) => void;
  /** Tells every window. */
  readonly tell: (name: string, notice: unknown) => void;
  /** Answers every request of the window to its own origin. */
  readonly serve: (answer: (request: Request) => Promise<Response>) => void;
  /** Opens an address in the system's browser. */
  readonly openInBrowser: (url: string) => Promise<void>;
  readonly sealer: Sealer;
  /** False while the person looks at something else, or the window is hidden. */
  readonly isWindowFocused: () => boolean;
  /** Shows a message of the operating system's; nothing where there are none. A click brings the window to the front and calls `onClick`. */
  readonly notify: (message: { readonly title: string; readonly body: string }, onClick: () => void) => void;
  /** Trusts the machine's authorities, through the machine's proxies. */
  readonly fetch: Fetch;
  /** Undefined where this program cannot replace itself: run from a folder, or installed by the system's package manager. */
  readonly updates: ProgramUpdates | undefined;
  /** Folder of this user's data. */
  readonly userFolder: string;
  /** Names and versions for the diagnostics. */
  readonly versions: Readonly<Record<string, string>>;
}
