import type { PlatformViewNotices, PlatformViewQuestions } from './platform-view-questions.ts';

/** The way to the cluster, as far as there is one: named questions about tenants, and news of them. Only the desktop has it (design D13). */
export interface PlatformViewAccess {
  /** @throws PlatformError */
  readonly ask: <Name extends keyof PlatformViewQuestions>(
    name: Name,
    input: PlatformViewQuestions[Name]['input'],
  ) => Promise<PlatformViewQuestions[Name]['answer']>;
  /** @returns what ends the listening */
  readonly on: <Name extends keyof PlatformViewNotices>(name: Name, listener: (notice: PlatformViewNotices[Name]) => void) => () => void;
}
