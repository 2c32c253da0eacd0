import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { Environment } from '../platform/environment.ts';

/** The environments a person works with, and which one was open last. */
export const EnvironmentList = z
  .strictObject({
    environments: z.array(Environment).min(1).max(50),
    current: z.string(),
    /** Where newer versions come from, instead of where the application was packed to look; `off`: nowhere. What comes from there is run. */
    updates: z.union([z.literal('off'), z.url({ protocol: /^https$/, error: 'must begin with https://, or be "off"' })]).optional(),
  })
  .refine(({ environments, current }) => environments.some(({ id }) => id === current), {
    message: 'names no environment',
    path: ['current'],
  })
  .refine(({ environments }) => new Set(environments.map(({ id }) => id)).size === environments.length, {
    message: 'names one twice',
    path: ['environments'],
  })
  .superRefine(({ environments }, context) => {
    // Tokens are sent to all of these. Without TLS only where nobody but this machine listens in: a development environment.
    for (const [at, { kind, tenants, staff }] of environments.entries())
      for (const url of [tenants.issuer, tenants.apiUrl, staff?.issuer, staff?.kubernetesUrl])
        if (url !== undefined && !url.startsWith('https://') && !(kind === 'development' && url.startsWith('http://')))
          context.addIssue({ code: 'custom', path: ['environments', at], message: `${url} must begin with https://` });
  });

export type EnvironmentList = z.infer<typeof EnvironmentList>;

/** `environments.json` of a user: written by whoever gives the application out, or by hand. It holds addresses and no secrets. */
export class EnvironmentFile {
  readonly #file: string;
  #list: EnvironmentList;

  private constructor(file: string, list: EnvironmentList) {
    this.#file = file;
    this.#list = list;
  }

  /** @throws naming the file and everything that is wrong in it */
  static async open(file: string): Promise<EnvironmentFile> {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) throw new Error(`${file} is missing: desktop/README.md says what it holds`);
    const parsed = EnvironmentList.safeParse(parsedJson(text));
    if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
    return new EnvironmentFile(file, parsed.data);
  }

  get environments(): readonly Environment[] {
    return this.#list.environments;
  }

  get updates(): EnvironmentList['updates'] {
    return this.#list.updates;
  }

  get current(): Environment {
    return this.#list.environments.find(({ id }) => id === this.#list.current) as Environment;
  }

  /** @returns false when there is none of this id */
  async select(id: string): Promise<boolean> {
    if (!this.#list.environments.some((each) => each.id === id)) return false;
    this.#list = { ...this.#list, current: id };
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    await writeFile(`${this.#file}.new`, `${JSON.stringify(this.#list, null, 2)}\n`, { mode: 0o600 });
    await rename(`${this.#file}.new`, this.#file);
    return true;
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
