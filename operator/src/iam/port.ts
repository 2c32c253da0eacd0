/** What a tenant's replicas may do with the tenant's files. */
export type FileRights = 'all' | 'read' | 'none';

/** A tenant's IAM role as it should be. */
export interface FileRole {
  readonly name: string;
  /** IAM's path, by which the cell's roles are told from others. */
  readonly path: string;
  readonly arn: string;
  readonly tenantId: string;
  /** Who may take it, as a policy document. */
  readonly trust: object;
  /** What it may do, as a policy document. */
  readonly policy: object;
  readonly boundary: string | undefined;
}

export interface FoundFileRole {
  readonly path: string;
  readonly trust: object;
  /** Policies written into the role, by name. */
  readonly policies: ReadonlyMap<string, object>;
  /** ARNs of policies attached to it. */
  readonly attached: readonly string[];
  readonly boundary: string | undefined;
}

/** Name of the one policy a tenant's role has. */
export const FILE_POLICY = 'own-files';

/** What the tenant steps need of IAM, and of the bucket's own rules. Every write is one outside effect and may be repeated. */
export interface FileAccess {
  readonly role: (name: string) => Promise<FoundFileRole | undefined>;
  /** Roles under the path, as text to compare; each with the bucket's rules, which are every tenant's. */
  readonly everything: (path: string) => Promise<ReadonlyMap<string, string>>;
  readonly createRole: (role: FileRole) => Promise<void>;
  readonly setTrust: (role: FileRole) => Promise<void>;
  readonly setPolicy: (role: FileRole) => Promise<void>;
  readonly setBoundary: (role: FileRole) => Promise<void>;
  /** Gone already counts as removed; so in the next two. */
  readonly removePolicy: (role: string, policy: string) => Promise<void>;
  readonly detachPolicy: (role: string, arn: string) => Promise<void>;
  /** With its policies; sessions that were begun with it end. */
  readonly deleteRole: (name: string) => Promise<void>;
  /** The bucket ends by itself what was left behind. */
  readonly hasRules: () => Promise<boolean>;
  /** Adds our rules, or puts them back; rules of others stay. */
  readonly putRules: () => Promise<void>;
  readonly close: () => Promise<void>;
}
