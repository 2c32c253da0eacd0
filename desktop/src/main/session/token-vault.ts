import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DesktopLog } from '../desktop-log.ts';
import type { Sealer } from '../electron-port.ts';

/**
 * Where refresh tokens are kept: in files that the operating system's keyring seals for this user, or, where there is no keyring, in memory alone.
 * Never in the clear on a disk.
 */
export class TokenVault {
  readonly #folder: string;
  readonly #sealer: Sealer;
  readonly #log: DesktopLog;
  readonly #inMemory = new Map<string, string>();

  constructor(options: { readonly folder: string; readonly sealer: Sealer; readonly log: DesktopLog }) {
    this.#folder = options.folder;
    this.#sealer = options.sealer;
    this.#log = options.log;
  }

  /** How a token that is put in now is kept. */
  async kept(): Promise<'sealed' | 'memory'> {
    return (await this.#sealer.isAvailable()) ? 'sealed' : 'memory';
  }

  /** @param name whose token, e.g. the issuer. What cannot be opened any more counts as nothing: the person signs in again. */
  async read(name: string): Promise<string | undefined> {
    const inMemory = this.#inMemory.get(name);
    if (inMemory !== undefined || (await this.kept()) === 'memory') return inMemory;
    const sealed = await readFile(this.#file(name)).catch(() => undefined);
    if (sealed === undefined) return undefined;
    try {
      return await this.#sealer.unseal(sealed);
    } catch (error) {
      this.#log.error('a kept session cannot be opened; signing in anew is needed', {}, error);
      await rm(this.#file(name), { force: true });
      return undefined;
    }
  }

  async write(name: string, token: string): Promise<void> {
    if ((await this.kept()) === 'memory') {
      this.#inMemory.set(name, token);
      return;
    }
    const file = this.#file(name);
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeFile(`${file}.new`, await this.#sealer.seal(token), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  async remove(name: string): Promise<void> {
    this.#inMemory.delete(name);
    await rm(this.#file(name), { force: true });
  }

  #file(name: string): string {
    return join(this.#folder, `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.sealed`);
  }
}
