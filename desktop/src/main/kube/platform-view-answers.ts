import { GROUP, LONGEST_ACCESS_HOURS, STAFF_ROLES, TenantRestoreSpec, VERSION } from '@tenantry/contracts';
import { isKubeError, type KubeErrorReason } from '@tenantry/operator/control/kube-error.ts';
import { KubeHttpApi } from '@tenantry/operator/control/kube-http-api.ts';
import { z } from 'zod';
import type { BridgeProblem } from '../../platform/bridge.ts';
import { PlatformError } from '../../platform/platform-error.ts';
import { METRIC_NAMES, METRIC_RANGES } from '../../platform/platform-metrics.ts';
import type { PlatformViewNotices, PlatformViewQuestions } from '../../platform/platform-view-questions.ts';
import type { ServicePlace } from '../../platform/service-place.ts';
import { readMetrics } from './metrics-reading.ts';
import { serverWords } from './server-words.ts';
import { type StaffAccess, staffAccess } from './staff-access.ts';
import { readStores } from './stores-reading.ts';
import { askForBackup, askForRestore, readBackups } from './tenant-backups.ts';
import { createTenant, performChange, previewChange } from './tenant-changes.ts';
import { editTenant } from './tenant-edits.ts';
import { askToEnter, endEntry, listEntries } from './tenant-entries.ts';
import { TenantFeed } from './tenant-feed.ts';
import type { TenantObject } from './tenant-kinds.ts';
import { TenantLogs } from './tenant-logs.ts';
import { readPods } from './tenant-pods.ts';
import { readClasses, readTenant, readTenantSchema } from './tenant-reading.ts';

export interface PlatformViewWorld extends StaffAccess {
  readonly prometheus: ServicePlace;
  readonly operator: ServicePlace;
  /** Tells the window. */
  readonly tell: <Name extends keyof PlatformViewNotices>(name: Name, notice: PlatformViewNotices[Name]) => void;
  /** Looks anew which tenants the person is a member of. */
  readonly renewMemberships: () => Promise<void>;
}

/** What a question must look like, and who answers it. */
export type PlatformViewAnswers = {
  readonly [Name in keyof PlatformViewQuestions]: {
    readonly input: z.ZodType<PlatformViewQuestions[Name]['input']>;
    /** @throws PlatformError */
    readonly answer: (input: PlatformViewQuestions[Name]['input']) => Promise<PlatformViewQuestions[Name]['answer']>;
  };
};

const Name = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/);
const Stream = z.string().regex(/^[\w-]{1,64}$/);
const Nothing = z.undefined();

/** As Kubernetes takes them; those of our own group mean something and are set by other ways. */
const LabelKey = z
  .string()
  .regex(/^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/)
  .refine((key) => !key.startsWith(`${GROUP}/`), { message: `labels of ${GROUP}/ are not for this` });
const LabelValue = z.string().regex(/^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/);

const Change = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['suspend', 'readOnly', 'resume', 'rotate', 'reconcile', 'delete']) }),
  z.strictObject({ kind: z.literal('class'), class: Name }),
  z.strictObject({ kind: z.literal('scale'), replicas: z.int().min(0).max(200) }),
  z.strictObject({ kind: z.literal('protect'), on: z.boolean() }),
  z.strictObject({ kind: z.literal('label'), key: LabelKey, value: LabelValue.nullable() }),
]);

/** What takes something away from a tenant's people is never done without a word why. */
const NEED_REASON: readonly string[] = ['suspend', 'readOnly', 'delete'];

const ChangeRequest = z
  .strictObject({ name: Name, uid: z.string().min(1).max(64), change: Change, reason: z.string().trim().max(256), takeOver: z.boolean() })
  .refine(({ change, reason }) => reason !== '' || !NEED_REASON.includes(change.kind), { message: 'say why', path: ['reason'] });

const Metrics = z.strictObject({
  metrics: z.array(z.enum(METRIC_NAMES)).min(1).max(METRIC_NAMES.length),
  range: z.enum(METRIC_RANGES),
  replicas: z.union([z.enum(['all', 'pooled']), z.strictObject({ dedicatedTo: Name })]),
});

/** Only a Tenant, and nothing of it that the server gives. */
const TenantText = z.strictObject({
  apiVersion: z.literal(`${GROUP}/${VERSION}`),
  kind: z.literal('Tenant'),
  metadata: z.strictObject({
    name: z.string().min(1).max(253),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.record(z.string(), z.unknown()),
});
const Manifest = z.strictObject({ manifest: TenantText });

const EditRequest = z
  .strictObject({
    name: Name,
    uid: z.string().min(1).max(64),
    seen: TenantText,
    manifest: TenantText,
    reason: z.string().trim().max(256),
    takeOver: z.boolean(),
  })
  .refine(({ name, manifest }) => manifest.metadata.name === name, {
    message: 'a tenant keeps its name',
    path: ['manifest', 'metadata', 'name'],
  });

const EntryRequest = z.strictObject({
  tenant: Name,
  email: z.string().trim().pipe(z.email().max(254)),
  role: z.enum(STAFF_ROLES),
  reason: z.string().trim().min(1).max(256),
  minutes: z
    .int()
    .min(1)
    .max(LONGEST_ACCESS_HOURS * 60),
});

/** Which places hold a backup of this tenant only the operator knows. */
const Restore = z.strictObject({ tenant: Name, location: TenantRestoreSpec.shape.location.regex(/^s3:\/\/\S+\/$/) });

/**
 * The platform view's questions, answered by the kube-apiserver with the rights of the person who is signed in. Each is one named thing to
 * do with tenants: the window cannot choose a path, a method or a kind.
 */
export function platformViewAnswers(world: PlatformViewWorld): {
  readonly answers: PlatformViewAnswers;
  /** What was read as one person is not told to the next: to be called when the session ends. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
} {
  const api = new KubeHttpApi(staffAccess(world), { userAgent: 'tenantry-desktop' });
  let feed: TenantFeed | undefined;
  const logs = new TenantLogs({ api, tell: (notice) => world.tell('tenants.logged', notice) });
  const answers: PlatformViewAnswers = {
    'tenants.follow': {
      input: Nothing,
      answer: told<undefined, undefined>(async () => {
        feed ??= new TenantFeed({ api, tell: (notice) => world.tell('tenants.changed', notice) });
        feed.follow();
      }),
    },
    'tenants.read': { input: z.strictObject({ name: Name }), answer: told(({ name }) => readTenant(api, name)) },
    'tenants.classes': { input: Nothing, answer: told(() => readClasses(api)) },
    'tenants.schema': { input: Nothing, answer: told(() => readTenantSchema(api)) },
    'tenants.preview': { input: ChangeRequest, answer: told((request) => previewChange(api, request, new Date())) },
    'tenants.change': { input: ChangeRequest, answer: told((request) => performChange(api, request, new Date())) },
    'tenants.previewEdit': { input: EditRequest, answer: told((request) => editTenant(api, request, true)) },
    'tenants.edit': { input: EditRequest, answer: told((request) => editTenant(api, request, false)) },
    'tenants.previewNew': { input: Manifest, answer: told(({ manifest }) => createTenant(api, manifest as TenantObject, true)) },
    'tenants.create': { input: Manifest, answer: told(({ manifest }) => createTenant(api, manifest as TenantObject, false)) },
    'entries.list': { input: z.strictObject({ tenant: Name }), answer: told(({ tenant }) => listEntries(api, tenant)) },
    'entries.ask': { input: EntryRequest, answer: told((request) => askToEnter(api, request)) },
    'entries.end': {
      input: z.strictObject({ name: Name }),
      answer: told<{ readonly name: string }, undefined>(async ({ name }) => {
        await endEntry(api, name);
      }),
    },
    'entries.renew': {
      input: Nothing,
      answer: told<undefined, undefined>(async () => {
        await world.renewMemberships();
      }),
    },
    'backups.read': { input: z.strictObject({ tenant: Name }), answer: told(({ tenant }) => readBackups(api, tenant)) },
    'backups.ask': { input: z.strictObject({ tenant: Name }), answer: told(({ tenant }) => askForBackup(api, tenant)) },
    'backups.restore': { input: Restore, answer: told((request) => askForRestore(api, request)) },
    'tenants.pods': { input: z.strictObject({ name: Name }), answer: told(({ name }) => readPods(api, name)) },
    'tenants.stores': { input: z.strictObject({ name: Name }), answer: told(({ name }) => readStores(api, world.operator, name)) },
    'tenants.followLogs': {
      input: z.strictObject({ name: Name, stream: Stream, lines: z.int().min(0).max(10_000) }),
      answer: told<Parameters<TenantLogs['follow']>[0], undefined>(async (input) => {
        await logs.follow(input);
      }),
    },
    'tenants.endLogs': {
      input: z.strictObject({ stream: Stream }),
      answer: told<{ readonly stream: string }, undefined>(async ({ stream }) => {
        logs.end(stream);
      }),
    },
    'metrics.read': { input: Metrics, answer: told((question) => readMetrics(api, world.prometheus, question)) },
  };
  const forget = (): void => {
    feed?.close();
    feed = undefined;
    logs.close();
  };
  return {
    answers,
    forget,
    close: async () => {
      forget();
      await api.close();
    },
  };
}

/** The server's refusals in the window's words. */
function told<Input, Answer>(answer: (input: Input) => Promise<Answer>): (input: Input) => Promise<Answer> {
  return async (input) => {
    try {
      return await answer(input);
    } catch (error) {
      if (!isKubeError(error)) throw error;
      throw new PlatformError({ ...PROBLEMS[error.reason], detail: serverWords(error) });
    }
  };
}

const AWAY = { code: 'unavailable', title: 'The cluster does not answer' } as const;

const PROBLEMS: Readonly<Record<KubeErrorReason, Pick<BridgeProblem, 'code' | 'title'>>> = {
  Unauthorized: { code: 'not-signed-in', title: 'You are not signed in' },
  Forbidden: { code: 'forbidden', title: 'You may not do this' },
  NotFound: { code: 'not-found', title: 'It is not there' },
  Conflict: { code: 'conflict', title: 'Somebody else was faster' },
  AlreadyExists: { code: 'conflict', title: 'It is there already' },
  Invalid: { code: 'invalid', title: 'The cluster refuses this' },
  BadRequest: { code: 'invalid', title: 'The cluster refuses this' },
  Gone: AWAY,
  TooManyRequests: AWAY,
  Timeout: AWAY,
  Unavailable: AWAY,
  Unreachable: AWAY,
};
