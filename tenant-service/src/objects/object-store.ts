import type { Readable } from 'node:stream';

/** Files of tenants, in our words. Keys are made by {@link objectKey} and nowhere else. */
export interface ObjectStore {
  /** Stores a stream of any length, holding a few megabytes of it. Readers see all of it or nothing. @throws ObjectsAway. */
  readonly put: (key: string, content: Readable, contentType: string) => Promise<void>;
  /** @throws ObjectMissing, ObjectsAway. */
  readonly get: (key: string) => Promise<Readable>;
  /** A link anybody who has it may download with, for a while. Made without asking the server. */
  readonly link: (key: string, options: { readonly seconds: number; readonly fileName: string }) => Promise<string>;
  /** Everything under a prefix. Nothing there is fine. */
  readonly removeUnder: (prefix: string, olderThan?: Date) => Promise<number>;
  readonly close: () => void;
}

export class ObjectMissing extends Error {
  override readonly name = 'ObjectMissing';
}

export class ObjectsAway extends Error {
  override readonly name = 'ObjectsAway';
}

/** Everything of one tenant is under its tenantId, which nobody chooses: no key can point at another tenant's file. */
export function objectKey(tenantId: string, folder: 'imports' | 'exports', ...names: readonly string[]): string {
  return ['t', tenantId, folder, ...names].join('/');
}
