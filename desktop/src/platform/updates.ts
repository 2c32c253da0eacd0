/** Why a newer version was not found, fetched or put in place. */
export type UpdateProblem = 'unsafe-address' | 'no-answer' | 'nothing-there' | 'not-as-announced' | 'not-signed' | 'not-installed';

/** Why nothing is ever looked for: nobody said where, an administrator does not want it, or something else updates this program. */
export type UpdatesOff = 'no-address' | 'switched-off' | 'not-here';

export type UpdateState =
  | { readonly is: 'off'; readonly reason: UpdatesOff }
  | { readonly is: 'checking' }
  /** As far as is known, this program is the newest. */
  | { readonly is: 'newest' }
  /** `notes` is text of the publisher's, to be shown as it is. */
  | { readonly is: 'available'; readonly version: string; readonly notes: string }
  | { readonly is: 'downloading'; readonly version: string; readonly percent: number }
  | { readonly is: 'ready'; readonly version: string }
  /** Only what a person asked for fails before their eyes. */
  | { readonly is: 'failed'; readonly wish: 'check' | 'download' | 'restart'; readonly problem: UpdateProblem };

/** What the window knows of newer versions. */
export interface UpdateView {
  /** The version that runs. */
  readonly current: string;
  readonly state: UpdateState;
  /** The person said later, or skipped this version. */
  readonly isHidden: boolean;
}

/** What a person may want. Nothing is downloaded and nothing restarted without one of these. */
export type UpdateWish = 'check' | 'download' | 'restart' | 'later' | 'skip';

/** How the window asks; a browser has nothing to update. */
export interface UpdatesAccess {
  readonly read: () => Promise<UpdateView>;
  readonly wish: (wish: UpdateWish) => Promise<UpdateView>;
  /** @returns what ends the listening */
  readonly onChanged: (listener: (view: UpdateView) => void) => () => void;
}

/** Questions of the bridge behind it. */
export type UpdateQuestions = { readonly [Name in `updates.${'read' | UpdateWish}`]: { input: undefined; answer: UpdateView } };

export interface UpdateNotices {
  'updates.changed': UpdateView;
}

export const UPDATE_QUESTIONS: Readonly<Record<keyof UpdateQuestions, true>> = {
  'updates.read': true,
  'updates.check': true,
  'updates.download': true,
  'updates.restart': true,
  'updates.later': true,
  'updates.skip': true,
};
