import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

/** Environment → tenant → until when a person has seen how long operations ended. */
const SeenUntil = z.record(z.string(), z.record(z.string(), z.iso.datetime()));

/**
 * Until when a person has seen how their imports, exports and reports ended: `activity.json` of the user. Which there are, the api knows; only what
 * somebody has looked at is this machine's to remember.
 */
export class SeenActivity {
  readonly #file: string;
  #seen: Promise<z.infer<typeof SeenUntil>> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  /** @returns undefined where nobody has looked yet */
  async until(environment: string, tenant: string): Promise<string | undefined> {
    return (await this.#read())[environment]?.[tenant];
  }

  /** Never back to an earlier time. */
  async mark(environment: string, tenant: string, until: string): Promise<void> {
    const write = async (): Promise<void> => {
      const seen = await this.#read();
      const before = seen[environment]?.[tenant];
      if (before !== undefined && before >= until) return;
      const next = { ...seen, [environment]: { ...seen[environment], [tenant]: until } };
      this.#seen = Promise.resolve(next);
      await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
      await writeFile(`${this.#file}.new`, `${JSON.stringify(next)}\n`, { mode: 0o600 });
      await rename(`${this.#file}.new`, this.#file);
    };
    const written = this.#turn.then(write);
    this.#turn = written.catch(() => {});
    await written;
  }

  /** A file that is broken is begun anew: it holds nothing that cannot be lost. */
  #read(): Promise<z.infer<typeof SeenUntil>> {
    this.#seen ??= readFile(this.#file, 'utf8')
      .then((text) => SeenUntil.parse(JSON.parse(text)))
      .catch(() => ({}));
    return this.#seen;
  }
}
