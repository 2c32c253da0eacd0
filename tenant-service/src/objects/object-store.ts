import type { Readable } from 'node:stream';

/** Files of tenants, in our words. Keys are made by {@link objectKey} and {@link archiveKey} and nowhere else. */
export interface ObjectStore {
  /** Stores a stream of any length, holding a few megabytes of it. Readers see all of it or nothing. @throws ObjectsAway. */
  readonly put: (key: string, content: Readable, contentType: string) => Promise<void>;
  /** @throws ObjectMissing, ObjectsAway. */
  readonly get: (key: string) => Promise<Readable>;
  /** A link anybody who has it may download with, for a while. Made without asking the server. */
  readonly link: (key: string, options: { readonly seconds: number; readonly fileName: string }) => Promise<string>;
  /** Everything under a prefix. Nothing there is fine. */
  readonly removeUnder: (prefix: string, olderThan?: Date) => Promise<number>;
  /** Of what lies under a prefix only this object: uploads that were begun and never ended go as well. Nothing there is fine. */
  readonly keepOnly: (prefix: string, key: string) => Promise<void>;
  readonly close: () => void;
}

export class ObjectMissing extends Error {
  override readonly name = 'ObjectMissing';
}

export class ObjectsAway extends Error {
  override readonly name = 'ObjectsAway';
}

/** Files that nothing ends but the purge: apart from those of {@link objectKey}, which the sweeper and the bucket's own rules end after days. */
export function archiveKey(tenantId: string, ...names: readonly string[]): string {
  return ['archives', tenantId, ...names].join('/');
}

/** Everything of one tenant is under its tenantId, which nobody chooses: no key can point at another tenant's file. */
export function objectKey(tenantId: string, folder: 'imports' | 'exports' | 'reports', ...names: readonly string[]): string {
  return ['t', tenantId, folder, ...names].join('/');
}
