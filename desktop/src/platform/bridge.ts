import type { EnvironmentView } from './environment.ts';
import { KEPT_QUESTIONS, type KeptQuestions } from './kept-on-this-machine.ts';
import {
  PLATFORM_VIEW_NOTICES,
  PLATFORM_VIEW_QUESTIONS,
  type PlatformViewNotices,
  type PlatformViewQuestions,
} from './platform-view-questions.ts';
import { UPDATE_QUESTIONS, type UpdateNotices, type UpdateQuestions } from './updates.ts';

/** The realm a person signs in to: `tenants` for a tenant's people, `staff` for the platform's. */
export type RealmName = 'tenants' | 'staff';

export interface Person {
  readonly subject: string;
  readonly username: string;
  readonly name: string;
  readonly email: string | undefined;
}

/** Who is signed in to a realm. It holds nothing that opens anything. */
export interface SessionView {
  readonly realm: RealmName;
  readonly signedIn: boolean;
  readonly person: Person | undefined;
  /** Whose session has ended without their asking for it: what they have left open waits for them. */
  readonly lapsed?: Person | undefined;
  /** Slugs of the tenants the person is a member of, in order; empty for staff. */
  readonly tenants: readonly string[];
  /** Whether the session outlives the application: sealed by the operating system's keyring, or in memory because there is none. */
  readonly kept: 'sealed' | 'memory';
}

/** Why something asked of the main process was not done. The words are for a person. */
export interface BridgeProblem {
  readonly code: 'not-signed-in' | 'sign-in-failed' | 'forbidden' | 'not-found' | 'conflict' | 'invalid' | 'unavailable' | 'internal';
  readonly title: string;
  readonly detail: string;
}

/** What the main process answers: never a thrown error, whose stack would cross into the window. */
export type BridgeAnswer<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly problem: BridgeProblem };

/** Every question the window may ask, what it gives along and what it is answered. A question that is not here cannot be asked. */
export interface Questions extends PlatformViewQuestions, KeptQuestions, UpdateQuestions {
  'environments.list': { input: undefined; answer: { readonly environments: readonly EnvironmentView[]; readonly current: string } };
  'environments.select': { input: { readonly id: string }; answer: undefined };
  'session.read': { input: { readonly realm: RealmName }; answer: SessionView };
  /** Opens the system's browser; answered when the person has come back, or has not for five minutes. */
  'session.signIn': { input: { readonly realm: RealmName }; answer: SessionView };
  /** Ends the session here and at the identity provider, which ends it everywhere. */
  'session.signOut': { input: { readonly realm: RealmName }; answer: SessionView };
  'diagnostics.read': { input: undefined; answer: { readonly text: string } };
  /** Opens an https address in the system's browser: a page, or a file behind a signed link. */
  'links.open': { input: { readonly url: string }; answer: undefined };
}

/** What the window is told unasked. */
export interface Notices extends PlatformViewNotices, UpdateNotices {
  'session.changed': SessionView;
  /** A `tenantry://` address was opened; `path` is one the router knows. */
  'link.opened': { readonly path: string };
}

export type QuestionName = keyof Questions;
export type NoticeName = keyof Notices;

/** What the preload script puts on the window of the desktop: one named function for each question and each notice. */
export interface DesktopBridge {
  readonly ask: { readonly [Name in QuestionName]: (input: Questions[Name]['input']) => Promise<BridgeAnswer<Questions[Name]['answer']>> };
  /** @returns what ends the listening */
  readonly on: { readonly [Name in NoticeName]: (listener: (notice: Notices[Name]) => void) => () => void };
}

/** Under which name it is there. */
export const BRIDGE_NAME = 'tenantryDesktop';

const questions: Readonly<Record<QuestionName, true>> = {
  'environments.list': true,
  'environments.select': true,
  'session.read': true,
  'session.signIn': true,
  'session.signOut': true,
  'diagnostics.read': true,
  'links.open': true,
  ...KEPT_QUESTIONS,
  ...UPDATE_QUESTIONS,
  ...PLATFORM_VIEW_QUESTIONS,
};
const notices: Readonly<Record<NoticeName, true>> = {
  'session.changed': true,
  'link.opened': true,
  'updates.changed': true,
  ...PLATFORM_VIEW_NOTICES,
};

/** The names, for the preload script. The compiler holds them to the interfaces above. */
export const QUESTION_NAMES = Object.keys(questions) as readonly QuestionName[];
export const NOTICE_NAMES = Object.keys(notices) as readonly NoticeName[];
