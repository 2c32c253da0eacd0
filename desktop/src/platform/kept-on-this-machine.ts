/** What the window has kept or told by the main process besides calls: only the desktop can. */
export interface KeptOnThisMachine {
  /** What was last seen under the name, for when the api cannot be reached. */
  readonly lastSeen: (tenant: string, name: string) => Promise<{ readonly at: string; readonly text: string } | null>;
  readonly keepLastSeen: (tenant: string, name: string, text: string) => Promise<void>;
  /** Until when the person has seen how long operations of the tenant ended, in ISO 8601; null where they never looked. */
  readonly activitySeen: (tenant: string) => Promise<string | null>;
  readonly markActivitySeen: (tenant: string, until: string) => Promise<void>;
  /** Says it outside of the window when the person looks elsewhere; a click on it comes back to the operation. */
  readonly tellEnded: (ended: EndedNotice) => Promise<void>;
}

/** The end of something long, in the person's language. */
export interface EndedNotice {
  readonly tenant: string;
  /** Id of the operation; none for what this window did by itself. */
  readonly operation?: string | undefined;
  readonly title: string;
  readonly body: string;
}

/** Questions of the bridge behind it. */
export interface KeptQuestions {
  'lastSeen.read': {
    input: { readonly tenant: string; readonly name: string };
    answer: { readonly at: string; readonly text: string } | null;
  };
  'lastSeen.keep': { input: { readonly tenant: string; readonly name: string; readonly text: string }; answer: undefined };
  'activity.seen': { input: { readonly tenant: string }; answer: { readonly until: string | null } };
  'activity.markSeen': { input: { readonly tenant: string; readonly until: string }; answer: undefined };
  'activity.tellEnded': { input: EndedNotice; answer: undefined };
}

export const KEPT_QUESTIONS: Readonly<Record<keyof KeptQuestions, true>> = {
  'lastSeen.read': true,
  'lastSeen.keep': true,
  'activity.seen': true,
  'activity.markSeen': true,
  'activity.tellEnded': true,
};
