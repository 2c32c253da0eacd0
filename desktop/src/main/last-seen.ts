import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DesktopLog } from './desktop-log.ts';
import type { Sealer } from './electron-port.ts';

/** Whose it is: what one person has seen in one environment. */
export interface LastSeenOwner {
  readonly environment: string;
  readonly person: string;
}

/** Something that was on screen. */
export interface Seen {
  /** When the api said so, in ISO 8601. */
  readonly at: string;
  readonly text: string;
}

export interface LastSeenOptions {
  readonly folder: string;
  readonly sealer: Sealer;
  readonly log: DesktopLog;
  readonly now?: () => number;
  /** Bytes kept of one tenant, the oldest going first. */
  readonly tenantBytesMax?: number;
}

/** Some two hundred lists of a hundred rows. */
const TENANT_BYTES_MAX = 16 * 2 ** 20;
/** Older than this it misleads more than it helps. */
const KEPT_FOR_MS = 7 * 86_400_000;
const CIPHER = 'aes-256-gcm';
const [IV_BYTES, TAG_BYTES] = [12, 16];

/**
 * What a person has last seen of their tenants, for when the api cannot be reached. On the disk it is encrypted with a key that the operating system's
 * keyring seals for this user; where there is no keyring it is in memory alone. It goes when the person signs out.
 */
export class LastSeen {
  readonly #options: Required<LastSeenOptions>;
  /** Environment → key of its files. */
  readonly #keys = new Map<string, Buffer>();
  /** Folder of a tenant → its entries with their sizes, the oldest first. */
  readonly #shelves = new Map<string, Map<string, number>>();
  readonly #inMemory = new Map<string, Buffer>();
  /** One after another: what is written while a person signs out must not outlive them. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LastSeenOptions) {
    this.#options = { now: Date.now, tenantBytesMax: TENANT_BYTES_MAX, ...options };
  }

  /** @param name of what was seen, as the window calls it. What is too old, or cannot be opened, counts as nothing. */
  async read(owner: LastSeenOwner, tenant: string, name: string): Promise<Seen | undefined> {
    return await this.#inTurn(async () => {
      const key = await this.#key(owner.environment, 'found');
      const content = key && (await this.#load(this.#file(owner, tenant, name)));
      if (key === undefined || content === undefined) return undefined;
      try {
        const seen = JSON.parse(unsealed(key, content, bindingOf(owner, tenant, name))) as Seen;
        return this.#options.now() - Date.parse(seen.at) > KEPT_FOR_MS ? undefined : seen;
      } catch (error) {
        this.#options.log.warn('something last seen cannot be opened', { reason: (error as Error).name });
        return undefined;
      }
    });
  }

  /** Takes the place of what was kept under the name. */
  async keep(owner: LastSeenOwner, tenant: string, name: string, text: string): Promise<void> {
    await this.#inTurn(async () => {
      const seen: Seen = { at: new Date(this.#options.now()).toISOString(), text };
      const key = (await this.#key(owner.environment, 'made')) as Buffer;
      const content = sealed(key, JSON.stringify(seen), bindingOf(owner, tenant, name));
      if (content.length > this.#options.tenantBytesMax / 4) return;
      const file = this.#file(owner, tenant, name);
      const shelf = await this.#shelf(this.#tenantFolder(owner, tenant));
      await this.#store(file, content);
      // Behind all others: the youngest.
      shelf.delete(file);
      shelf.set(file, content.length);
      await this.#makeRoom(shelf);
    });
  }

  /** Nothing of other people of the environment is left, nor of tenants this person is no member of any more. */
  async keepOnly(owner: LastSeenOwner, tenants: readonly string[]): Promise<void> {
    const environment = this.#environmentFolder(owner.environment);
    const own = this.#personFolder(owner);
    const wanted = new Set(tenants.map((tenant) => this.#tenantFolder(owner, tenant)));
    await this.#inTurn(async () => {
      const people = (await foldersIn(environment)).filter((folder) => folder !== own);
      const left = (await foldersIn(own)).filter((folder) => !wanted.has(folder));
      for (const folder of [...people, ...left]) await rm(folder, { recursive: true, force: true });
      this.#forgetInMemory((path) => isInside(environment, path) && ![...wanted].some((folder) => isInside(folder, path)));
    });
  }

  /** Nothing of this environment is left. */
  async forget(environment: string): Promise<void> {
    await this.#inTurn(async () => {
      this.#keys.delete(environment);
      const folder = this.#environmentFolder(environment);
      this.#forgetInMemory((path) => isInside(folder, path));
      await rm(folder, { recursive: true, force: true });
    });
  }

  #forgetInMemory(isGone: (path: string) => boolean): void {
    for (const known of [this.#inMemory, this.#shelves]) for (const path of known.keys()) if (isGone(path)) known.delete(path);
  }

  /** @param missing whether a new key is made where there is none */
  async #key(environment: string, missing: 'found' | 'made'): Promise<Buffer | undefined> {
    const known = this.#keys.get(environment);
    if (known !== undefined) return known;
    const { sealer } = this.#options;
    const file = join(this.#environmentFolder(environment), 'key.sealed');
    const isKept = await sealer.isAvailable();
    let key = isKept
      ? await readFile(file)
          .then(sealer.unseal)
          .then(keyOf, () => undefined)
      : undefined;
    if (key === undefined) {
      if (missing === 'found') return undefined;
      key = randomBytes(32);
      if (isKept) await writeWhole(file, await sealer.seal(key.toString('base64')));
    }
    this.#keys.set(environment, key);
    return key;
  }

  async #load(file: string): Promise<Buffer | undefined> {
    return this.#inMemory.get(file) ?? (await readFile(file).catch(() => undefined));
  }

  async #store(file: string, content: Buffer): Promise<void> {
    if (await this.#options.sealer.isAvailable()) await writeWhole(file, content);
    else this.#inMemory.set(file, content);
  }

  async #shelf(folder: string): Promise<Map<string, number>> {
    const known = this.#shelves.get(folder);
    if (known !== undefined) return known;
    const files = (await readdir(folder).catch(() => [])).map((file) => join(folder, file));
    const found = await Promise.all(files.map(async (file) => ({ file, about: await stat(file) })));
    found.sort((one, other) => one.about.mtimeMs - other.about.mtimeMs);
    const shelf = new Map(found.map(({ file, about }) => [file, about.size]));
    this.#shelves.set(folder, shelf);
    return shelf;
  }

  async #makeRoom(shelf: Map<string, number>): Promise<void> {
    let bytes = [...shelf.values()].reduce((sum, size) => sum + size, 0);
    for (const [file, size] of shelf) {
      if (bytes <= this.#options.tenantBytesMax) return;
      shelf.delete(file);
      this.#inMemory.delete(file);
      await rm(file, { force: true });
      bytes -= size;
    }
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #environmentFolder(environment: string): string {
    return join(this.#options.folder, named(environment));
  }

  #personFolder({ environment, person }: LastSeenOwner): string {
    return join(this.#environmentFolder(environment), named(person));
  }

  #tenantFolder(owner: LastSeenOwner, tenant: string): string {
    return join(this.#personFolder(owner), named(tenant));
  }

  #file(owner: LastSeenOwner, tenant: string, name: string): string {
    return join(this.#tenantFolder(owner, tenant), named(name));
  }
}

/** What a file belongs to: one that was put in another's place does not open. */
function bindingOf({ environment, person }: LastSeenOwner, tenant: string, name: string): string {
  return JSON.stringify([environment, person, tenant, name]);
}

function sealed(key: Buffer, text: string, binding: string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(Buffer.from(binding));
  const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), content]);
}

function unsealed(key: Buffer, content: Buffer, binding: string): string {
  const iv = content.subarray(0, IV_BYTES);
  const tag = content.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(binding)).setAuthTag(tag);
  return Buffer.concat([decipher.update(content.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
}

/** Names of folders and files say nothing. */
function named(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function keyOf(text: string): Buffer | undefined {
  const key = Buffer.from(text, 'base64');
  return key.length === 32 ? key : undefined;
}

function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(join(folder, '/'));
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

async function writeWhole(file: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, content, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
