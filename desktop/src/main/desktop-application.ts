import { join } from 'node:path';
import { z } from 'zod';
import type { NoticeName, Notices } from '../platform/bridge.ts';
import { environmentView } from '../platform/environment.ts';
import { externalLink } from '../platform/external-link.ts';
import { PLATFORM_VIEW_QUESTIONS, type PlatformViewQuestions } from '../platform/platform-view-questions.ts';
import type { UpdateWish } from '../platform/updates.ts';
import { answerQuestions, type QuestionAnswers } from './answer-questions.ts';
import { answerRequest } from './answer-request.ts';
import { pathOfLink } from './deep-link.ts';
import { DesktopLog, type LogLine } from './desktop-log.ts';
import { diagnostics } from './diagnostics.ts';
import type { ElectronPort } from './electron-port.ts';
import { EnvironmentFile } from './environment-file.ts';
import { environmentWorld } from './environment-world.ts';
import type { PlatformViewAnswers } from './kube/platform-view-answers.ts';
import { LastSeen } from './last-seen.ts';
import { refusal } from './refusal.ts';
import { SeenActivity } from './seen-activity.ts';
import { TokenVault } from './session/token-vault.ts';
import { updateSource } from './updates/update-source.ts';
import { Updates } from './updates/updates.ts';

export interface DesktopApplicationOptions {
  readonly port: ElectronPort;
  /** Scheme and host of the page. */
  readonly origin: string;
  /** Folder of the built page. */
  readonly pageFolder: string;
  readonly writeLog?: (line: LogLine) => void;
}

/** Everything the main process does that is not Electron's own. */
export interface DesktopApplication {
  /** A `tenantry://` address was opened. @returns false when it is none of ours */
  readonly openLink: (link: string) => boolean;
  /** An address is to be shown outside of the window. */
  readonly openExternal: (url: string) => Promise<void>;
  readonly log: DesktopLog;
  readonly close: () => Promise<void>;
}

const Realm = z.strictObject({ realm: z.enum(['tenants', 'staff']) });
const Nothing = z.undefined();
const Slug = z.string().regex(/^[a-z][a-z0-9-]{1,38}[a-z0-9]$/);
/** Names are keys of queries: a search with its filters at most. */
const SeenName = z.string().min(1).max(8000);
const SEEN_CHARACTERS_MAX = 4_000_000;

/** Starts to answer the window. @throws when `environments.json` of the user is missing or wrong */
export async function desktopApplication({ port, origin, pageFolder, writeLog }: DesktopApplicationOptions): Promise<DesktopApplication> {
  const log = new DesktopLog(writeLog === undefined ? {} : { write: writeLog });
  const file = await EnvironmentFile.open(join(port.userFolder, 'environments.json'));
  const vault = new TokenVault({ folder: join(port.userFolder, 'sessions'), sealer: port.sealer, log });
  const lastSeen = new LastSeen({ folder: join(port.userFolder, 'last-seen'), sealer: port.sealer, log });
  const seenActivity = new SeenActivity(join(port.userFolder, 'activity.json'));
  const tell = <Name extends NoticeName>(name: Name, notice: Notices[Name]): void => port.tell(name, notice);
  const updates = new Updates({
    current: port.versions.Tenantry ?? '',
    source: await updateSource(port.updates, file.updates),
    open: async (address) => {
      if (port.updates === undefined) throw new Error('this program does not replace itself');
      return await port.updates.open(address);
    },
    file: join(port.userFolder, 'updates.json'),
    log,
    onChange: (view) => tell('updates.changed', view),
  });
  const wish = (wanted: UpdateWish) => ({ input: Nothing, answer: () => updates.wish(wanted) });
  const enter = () => environmentWorld({ environment: file.current, port, vault, lastSeen, log, tell });
  let world = enter();

  const openExternal = async (url: string): Promise<void> => {
    const safe = externalLink(url, world.environment.kind);
    if (safe === undefined) throw refusal('invalid', 'This address is not opened', 'Only https addresses are given to the browser.');
    await port.openInBrowser(safe);
  };

  const answers: QuestionAnswers = {
    'environments.list': {
      input: Nothing,
      answer: async () => ({ environments: file.environments.map(environmentView), current: file.current.id }),
    },
    'environments.select': {
      input: z.strictObject({ id: z.string().max(40) }),
      answer: async ({ id }) => {
        if (!(await file.select(id))) throw refusal('not-found', 'There is no such environment', `environments.json has no "${id}".`);
        await world.close();
        world = enter();
      },
    },
    'session.read': { input: Realm, answer: ({ realm }) => world.session(realm).view() },
    'session.signIn': { input: Realm, answer: ({ realm }) => world.session(realm).signIn() },
    'session.signOut': { input: Realm, answer: ({ realm }) => world.session(realm).signOut() },
    'diagnostics.read': {
      input: Nothing,
      answer: async () => {
        const { environment, sessionViews } = world;
        const sessions = await sessionViews().catch(() => []);
        return { text: diagnostics({ at: new Date(), versions: port.versions, environment, sessions, lines: log.lines }) };
      },
    },
    'links.open': {
      input: z.strictObject({ url: z.string().max(8000) }),
      answer: async ({ url }) => {
        await openExternal(url);
      },
    },
    'lastSeen.read': {
      input: z.strictObject({ tenant: Slug, name: SeenName }),
      answer: async ({ tenant, name }) => (await world.lastSeen.read(tenant, name)) ?? null,
    },
    'lastSeen.keep': {
      input: z.strictObject({ tenant: Slug, name: SeenName, text: z.string().max(SEEN_CHARACTERS_MAX) }),
      answer: ({ tenant, name, text }) => world.lastSeen.keep(tenant, name, text),
    },
    'activity.seen': {
      input: z.strictObject({ tenant: Slug }),
      answer: async ({ tenant }) => ({ until: (await seenActivity.until(world.environment.id, tenant)) ?? null }),
    },
    'activity.markSeen': {
      input: z.strictObject({ tenant: Slug, until: z.iso.datetime() }),
      answer: async ({ tenant, until }) => {
        await seenActivity.mark(world.environment.id, tenant, until);
        return undefined;
      },
    },
    'activity.tellEnded': {
      input: z.strictObject({ tenant: Slug, operation: z.uuid().optional(), title: z.string().max(200), body: z.string().max(400) }),
      answer: async ({ tenant, operation, title, body }) => {
        const path = `/tenants/${tenant}/${operation === undefined ? 'customers' : `activity?operation=${operation}`}`;
        if (!port.isWindowFocused()) port.notify({ title, body }, () => tell('link.opened', { path }));
        return undefined;
      },
    },
    'updates.read': { input: Nothing, answer: async () => updates.view },
    'updates.check': wish('check'),
    'updates.download': wish('download'),
    'updates.restart': wish('restart'),
    'updates.later': wish('later'),
    'updates.skip': wish('skip'),
    ...platformViewDesk(() => world.platformView?.answers),
  };
  answerQuestions({ port, origin, log }, answers);
  port.serve((request) =>
    answerRequest({ folder: pageFolder, origin, callTenant: (tenant, path, call) => world.calls.call(tenant, path, call) }, request),
  );

  return {
    openLink: (link) => {
      const path = pathOfLink(link);
      if (path === undefined) log.warn('a link that leads nowhere was refused');
      else tell('link.opened', { path });
      return path !== undefined;
    },
    openExternal: (url) => openExternal(url).catch(() => log.warn('an address was not opened')),
    log,
    close: () => {
      updates.close();
      return world.close();
    },
  };
}

/** The platform view's questions, passed on to the environment that is open when they are asked. */
function platformViewDesk(current: () => PlatformViewAnswers | undefined): PlatformViewAnswers {
  const desk = <Name extends keyof PlatformViewQuestions>(name: Name): PlatformViewAnswers[Name] => {
    const found = (): PlatformViewAnswers[Name] => {
      const answers = current();
      if (answers === undefined) throw refusal('not-found', 'There is no platform view', 'This environment names no cluster.');
      return answers[name];
    };
    // The form is looked at together with the answer: which cluster answers is known only then.
    const input = z.unknown() as unknown as PlatformViewAnswers[Name]['input'];
    const answer = async (asked: PlatformViewQuestions[Name]['input']) => {
      const { input: form, answer: told } = found();
      const parsed = form.safeParse(asked);
      if (!parsed.success) throw refusal('invalid', 'The question is not well-formed', z.prettifyError(parsed.error));
      return await told(parsed.data as PlatformViewQuestions[Name]['input']);
    };
    return { input, answer } as PlatformViewAnswers[Name];
  };
  return Object.fromEntries(
    (Object.keys(PLATFORM_VIEW_QUESTIONS) as (keyof PlatformViewQuestions)[]).map((name) => [name, desk(name)]),
  ) as unknown as PlatformViewAnswers;
}
