import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { UpdateProblem, UpdateState, UpdateView, UpdateWish } from '../../platform/updates.ts';
import type { DesktopLog } from '../desktop-log.ts';
import type { Updater } from '../electron-port.ts';
import { UpdateFailure } from './update-failure.ts';
import type { UpdateSource } from './update-source.ts';

export interface UpdatesOptions {
  /** The version that runs. */
  readonly current: string;
  readonly source: UpdateSource;
  /** Called when something is looked for, and not before. */
  readonly open: (address: string) => Promise<Updater>;
  /** Keeps which version the person has skipped. */
  readonly file: string;
  readonly log: DesktopLog;
  readonly onChange: (view: UpdateView) => void;
}

/** The start of the application has better things to do. */
const FIRST_CHECK_MS = 60_000;
const CHECK_EVERY_MS = 4 * 3_600_000;

const Skipped = z.object({ skipped: z.string() });

/**
 * Offers newer versions and forces none. By itself it only asks which version is the newest, and says nothing when that fails; what is downloaded
 * and when the program restarts, the person says.
 */
export class Updates {
  readonly #options: UpdatesOptions;
  #state: UpdateState;
  #isHidden = false;
  /** What the last check found. */
  #found: { readonly version: string; readonly notes: string } | undefined;
  #updater: Promise<Updater> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: UpdatesOptions) {
    this.#options = options;
    const { source } = options;
    this.#state = 'off' in source ? { is: 'off', reason: source.off } : { is: 'newest' };
    if (this.#state.is !== 'off') this.#checkIn(FIRST_CHECK_MS);
  }

  get view(): UpdateView {
    return { current: this.#options.current, state: this.#state, isHidden: this.#isHidden };
  }

  /** @returns how things are as soon as the wish is under way; the end of it is told by `onChange` */
  async wish(wish: UpdateWish): Promise<UpdateView> {
    if (wish === 'check') await this.#check({ isAsked: true });
    if (wish === 'download') void this.#download();
    if (wish === 'restart') await this.#restart();
    if (wish === 'skip') await this.#skip();
    if (wish === 'later') this.#become(this.#state, { isHidden: true });
    return this.view;
  }

  /** Nothing is looked for any more. */
  close(): void {
    clearTimeout(this.#timer);
  }

  /** Somewhat sooner or later, so that the machines of an office do not ask together. */
  #checkIn(ms: number): void {
    this.#timer = setTimeout(
      () => void this.#check({ isAsked: false }).finally(() => this.#checkIn(CHECK_EVERY_MS)),
      ms * (0.75 + Math.random() / 2),
    );
    this.#timer.unref();
  }

  async #check({ isAsked }: { readonly isAsked: boolean }): Promise<void> {
    const before = this.#state;
    if (before.is === 'off' || before.is === 'checking') return;
    if (before.is === 'downloading' || before.is === 'ready') {
      // One at a time. Who asks sees again what is under way.
      if (isAsked) this.#become(before);
      return;
    }
    const wasHidden = this.#isHidden;
    if (isAsked) this.#become({ is: 'checking' });
    const asked = this.#state;
    try {
      const found = await (await this.#open()).check();
      const skipped = await this.#skipped();
      // Meanwhile the person has asked for something, and that goes first.
      if (this.#state !== asked) return;
      this.#found = found;
      const isOld = before.is === 'available' && before.version === found?.version && wasHidden;
      if (found === undefined) this.#become({ is: 'newest' });
      else this.#become({ is: 'available', ...found }, { isHidden: !isAsked && (isOld || skipped === found.version) });
    } catch (error) {
      this.#options.log.error('looking for a newer version failed', { isAsked }, error);
      if (isAsked) this.#become({ is: 'failed', wish: 'check', problem: problemOf(error) });
    }
  }

  async #download(): Promise<void> {
    const found = this.#found;
    if (found === undefined || !this.#mayAgain('available', 'download')) return;
    const { version } = found;
    this.#become({ is: 'downloading', version, percent: 0 });
    try {
      await (await this.#open()).download((percent) => {
        const { is } = this.#state;
        if (is === 'downloading' && this.#state.percent !== percent) this.#become({ is, version, percent }, { isHidden: this.#isHidden });
      });
      this.#become({ is: 'ready', version });
    } catch (error) {
      this.#options.log.error('a newer version was not downloaded', { version }, error);
      this.#become({ is: 'failed', wish: 'download', problem: problemOf(error) });
    }
  }

  async #restart(): Promise<void> {
    if (!this.#mayAgain('ready', 'restart')) return;
    try {
      await (await this.#open()).restart();
    } catch (error) {
      this.#options.log.error('a newer version was not put in place', {}, error);
      this.#become({ is: 'failed', wish: 'restart', problem: error instanceof UpdateFailure ? error.problem : 'not-installed' });
    }
  }

  async #skip(): Promise<void> {
    if (this.#found === undefined) return;
    this.#become(this.#state, { isHidden: true });
    const { file } = this.#options;
    await writeFile(`${file}.new`, JSON.stringify({ skipped: this.#found.version }), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  /** A file that is missing or broken has skipped nothing. */
  async #skipped(): Promise<string | undefined> {
    return await readFile(this.#options.file, 'utf8')
      .then((text) => Skipped.parse(JSON.parse(text)).skipped)
      .catch(() => undefined);
  }

  /** Whether the step that follows this state may be taken, for the first time or after it failed. */
  #mayAgain(is: UpdateState['is'], wish: UpdateWish): boolean {
    return this.#state.is === is || (this.#state.is === 'failed' && this.#state.wish === wish);
  }

  #open(): Promise<Updater> {
    const { source, open } = this.#options;
    if ('off' in source) throw new Error('nothing is looked for');
    this.#updater ??= open(source.address).catch((error: unknown) => {
      this.#updater = undefined;
      throw error;
    });
    return this.#updater;
  }

  #become(state: UpdateState, { isHidden = false } = {}): void {
    this.#state = state;
    this.#isHidden = isHidden;
    this.#options.onChange(this.view);
  }
}

/** What has no name of its own is a server that did not answer, or not as one does. */
function problemOf(error: unknown): UpdateProblem {
  return error instanceof UpdateFailure ? error.problem : 'no-answer';
}
