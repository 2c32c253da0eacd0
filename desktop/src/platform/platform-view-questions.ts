import type {
  Condition,
  DriftItem,
  StaffRole,
  StepRecord,
  TenantClassSpec,
  TenantExplanation,
  TenantSpec,
  TenantStatus,
} from '@tenantry/contracts';
import type { BackupsReading, RestoreRequest } from './platform-backups.ts';
import type { MetricsQuestion, MetricsReading } from './platform-metrics.ts';
import type { StoresReading } from './platform-stores.ts';

/** The one word a person sees first. */
export const TENANT_PHASES = [
  'Ready',
  'ReadOnly',
  'Suspended',
  'Provisioning',
  'Changing',
  'Paused',
  'Drifting',
  'Failing',
  'Unknown',
  'Stalled',
  'Deleting',
] as const;
export type TenantPhase = (typeof TENANT_PHASES)[number];

/** A tenant as far as the table shows it. */
export interface TenantRow {
  readonly name: string;
  readonly uid: string;
  /** Grows with every change of the object: whoever shows more of it looks again. */
  readonly version: string;
  readonly displayName: string | undefined;
  readonly class: string;
  readonly cell: string | undefined;
  readonly mode: 'Pooled' | 'Dedicated' | undefined;
  readonly phase: TenantPhase;
  /** Of the condition `Ready`: its reason and message, and since when (RFC 3339). */
  readonly reason: string;
  readonly says: string;
  readonly since: string | undefined;
  readonly createdAt: string;
  /** How many fields differ and are left so. */
  readonly drift: number;
  /** Number of the last migration its schema has. */
  readonly schemaVersion: number | undefined;
}

/** How the list and the cluster get along. Times are RFC 3339. */
export type FeedConnection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  | {
      readonly state: 'reconnecting';
      /** Since when nothing is proven to be current. */
      readonly since: string;
      readonly why: string;
      /** The session has ended: only signing in again helps. */
      readonly needsSignIn: boolean;
      readonly retryAt: string;
    };

/** What changed in the list since the notice before. */
export interface TenantsNotice {
  /** One more than the notice before; a gap means to ask for the list again. */
  readonly sequence: number;
  /** The list begins anew: what was known is forgotten. */
  readonly reset: boolean;
  /** Everything that is there has been told. Until then the list is being filled. */
  readonly complete: boolean;
  readonly changed: readonly TenantRow[];
  readonly gone: readonly string[];
  readonly connection: FeedConnection;
}

/** Something that happened to a tenant. */
export interface TenantEvent {
  readonly at: string;
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly count: number;
}

/** A field of the spec that somebody else's tool keeps. */
export interface FieldOwner {
  /** `spec.lifecycle.state` */
  readonly path: string;
  /** `argocd-controller`, `kubectl` … */
  readonly manager: string;
}

/** One tenant with everything its object says. */
export interface TenantReading {
  readonly name: string;
  readonly uid: string;
  readonly version: string;
  readonly createdAt: string;
  readonly deletingSince: string | undefined;
  readonly phase: TenantPhase;
  readonly spec: TenantSpec;
  readonly status: Omit<TenantStatus, 'conditions' | 'steps' | 'drift'>;
  readonly conditions: readonly Condition[];
  readonly steps: readonly StepRecord[];
  readonly drift: { readonly count: number; readonly items: readonly DriftItem[] };
  readonly explanation: TenantExplanation;
  readonly class: Pick<TenantClassView, 'name' | 'spec'> | undefined;
  /** Fields of the spec that are another manager's. */
  readonly owners: readonly FieldOwner[];
  readonly events: readonly TenantEvent[];
  /** The object as YAML-ready JSON, without what only machines read. */
  readonly manifest: object;
}

/** A plan that a tenant can be given. */
export interface TenantClassView {
  readonly name: string;
  readonly spec: TenantClassSpec;
  /** How far its newest edit has come. */
  readonly rollout: ClassRollout;
}

/** An edit of a class on its way to the tenants, one after another. */
export interface ClassRollout {
  readonly total: number;
  readonly updated: number;
  /** Tenants that do not get it because they are paused. */
  readonly paused: number;
  /** Tenants that were Ready and are not with the edit; the first ten. */
  readonly failed: readonly string[];
  /** `RolledOut`, `RollingOut`, `RolloutHeld`, as the operator last said it, and its message; undefined before it has looked. */
  readonly reason: string | undefined;
  readonly says: string | undefined;
}

/** What may be done to a tenant. */
export type TenantChange =
  | { readonly kind: 'suspend' }
  | { readonly kind: 'readOnly' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'class'; readonly class: string }
  | { readonly kind: 'scale'; readonly replicas: number }
  | { readonly kind: 'protect'; readonly on: boolean }
  | { readonly kind: 'rotate' }
  | { readonly kind: 'reconcile' }
  /** `null` takes the label away. */
  | { readonly kind: 'label'; readonly key: string; readonly value: string | null }
  | { readonly kind: 'delete' };

export interface TenantChangeRequest {
  readonly name: string;
  /** Of the object the person looked at: one made anew under the same name is another tenant. */
  readonly uid: string;
  readonly change: TenantChange;
  /** Kept on the object, and shown to the tenant's users when they are refused. */
  readonly reason: string;
  /** Take fields that another manager owns. */
  readonly takeOver: boolean;
}

/** An edit of the whole object as text. */
export interface TenantEditRequest extends Omit<TenantChangeRequest, 'change'> {
  /** The manifest the person began with. */
  readonly seen: object;
  /** What they made of it. */
  readonly manifest: object;
}

/** One field that a change would alter, as the API server says it: defaults, validation and policies included. */
export interface FieldChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What would happen. Nothing has. */
export type ChangePreview =
  | { readonly verdict: 'allowed'; readonly changes: readonly FieldChange[] }
  /** Somebody else's tool keeps these fields. */
  | { readonly verdict: 'owned'; readonly owners: readonly FieldOwner[] }
  /** The API server's own words: validation, a ceiling of the class, the guard of deletions, or a missing right. */
  | { readonly verdict: 'refused'; readonly why: string };

/** Somebody of the staff who is, wants to be, or was in a tenant. Times are RFC 3339. */
export interface TenantEntry {
  /** Of the object that lets them in: deleting it takes them out. */
  readonly name: string;
  readonly tenant: string;
  readonly email: string;
  readonly role: StaffRole;
  readonly reason: string;
  /** Who asked for it. */
  readonly requestedBy: string;
  readonly state: 'waiting' | 'inside' | 'ended';
  /** The operator's words: why they are in, or not. */
  readonly says: string;
  /** When their time is over; undefined until the operator has looked. */
  readonly until: string | undefined;
}

export interface TenantEntryRequest {
  readonly tenant: string;
  /** Address of the person's account among the tenants' people. */
  readonly email: string;
  readonly role: StaffRole;
  readonly reason: string;
  readonly minutes: number;
}

/** A container that answers for a dedicated tenant. */
export interface TenantPod {
  readonly name: string;
  readonly phase: string;
  readonly ready: boolean;
  readonly restarts: number;
  readonly startedAt: string | undefined;
  /** In the pod's own words: why it does not run. */
  readonly complaint: string | undefined;
}

/** Lines of one pod's log, oldest first. */
export interface TenantLogNotice {
  readonly stream: string;
  readonly lines: readonly { readonly pod: string; readonly text: string }[];
  /** The log of this pod has ended, or cannot be read. */
  readonly ended: { readonly pod: string; readonly why: string } | undefined;
}

/** What the platform view asks of the main process: reads and changes of tenants, each one named, and no way to any other part of the cluster. */
export interface PlatformViewQuestions {
  /** The list is told from its beginning, then every change of it, as notices `tenants.changed`. */
  'tenants.follow': { input: undefined; answer: undefined };
  'tenants.read': { input: { readonly name: string }; answer: TenantReading };
  'tenants.classes': { input: undefined; answer: readonly TenantClassView[] };
  /** The schema of a Tenant as the API server publishes it (OpenAPI 3). */
  'tenants.schema': { input: undefined; answer: object };
  'tenants.preview': { input: TenantChangeRequest; answer: ChangePreview };
  'tenants.change': { input: TenantChangeRequest; answer: ChangePreview };
  'tenants.previewEdit': { input: TenantEditRequest; answer: ChangePreview };
  'tenants.edit': { input: TenantEditRequest; answer: ChangePreview };
  'tenants.previewNew': { input: { readonly manifest: object }; answer: ChangePreview };
  'tenants.create': { input: { readonly manifest: object }; answer: ChangePreview };
  /** Who of the staff is in the tenant, waits at its door, or was in it lately. */
  'entries.list': { input: { readonly tenant: string }; answer: readonly TenantEntry[] };
  /** Asks to be let in; the operator does it in a moment, or says why not. @returns the name of the entry */
  'entries.ask': { input: TenantEntryRequest; answer: { readonly name: string } };
  /** Ends an entry before its time. */
  'entries.end': { input: { readonly name: string }; answer: undefined };
  /** Has the session look anew which tenants the person is a member of. */
  'entries.renew': { input: undefined; answer: undefined };
  /** Backups of the tenant and what was restored into it. */
  'backups.read': { input: { readonly tenant: string }; answer: BackupsReading };
  /** Asks for a backup; the operator makes it while the tenant is served, and proves it by a restore. @returns the name of the object */
  'backups.ask': { input: { readonly tenant: string }; answer: { readonly name: string } };
  /** Asks that a backup takes the place of the tenant's data; the operator does it once, or says why not. @returns the name of the object */
  'backups.restore': { input: RestoreRequest; answer: { readonly name: string } };
  'tenants.pods': { input: { readonly name: string }; answer: readonly TenantPod[] };
  /** Sizes, connections, lags and queue lengths, as the operator finds them when asked. */
  'tenants.stores': { input: { readonly name: string }; answer: StoresReading };
  /** Follows the logs of all pods of a tenant, as notices `tenants.logged`. */
  'tenants.followLogs': { input: { readonly name: string; readonly stream: string; readonly lines: number }; answer: undefined };
  'tenants.endLogs': { input: { readonly stream: string }; answer: undefined };
  /** Moving numbers, by name: what each is in PromQL only the main process knows. */
  'metrics.read': { input: MetricsQuestion; answer: MetricsReading };
}

/** What it is told unasked. */
export interface PlatformViewNotices {
  'tenants.changed': TenantsNotice;
  'tenants.logged': TenantLogNotice;
}

/** The names, for the preload script. */
export const PLATFORM_VIEW_QUESTIONS: Readonly<Record<keyof PlatformViewQuestions, true>> = {
  'tenants.follow': true,
  'tenants.read': true,
  'tenants.classes': true,
  'tenants.schema': true,
  'tenants.preview': true,
  'tenants.change': true,
  'tenants.previewEdit': true,
  'tenants.edit': true,
  'tenants.previewNew': true,
  'tenants.create': true,
  'entries.list': true,
  'entries.ask': true,
  'entries.end': true,
  'entries.renew': true,
  'backups.read': true,
  'backups.ask': true,
  'backups.restore': true,
  'tenants.pods': true,
  'tenants.stores': true,
  'tenants.followLogs': true,
  'tenants.endLogs': true,
  'metrics.read': true,
};
export const PLATFORM_VIEW_NOTICES: Readonly<Record<keyof PlatformViewNotices, true>> = { 'tenants.changed': true, 'tenants.logged': true };
