import { type ZodType, z } from 'zod';
import type { BridgeAnswer, BridgeProblem, QuestionName, Questions } from '../platform/bridge.ts';
import { PlatformError } from '../platform/platform-error.ts';
import type { DesktopLog } from './desktop-log.ts';
import type { ElectronPort, Sender } from './electron-port.ts';

/** What a question must look like, and who answers it. */
export interface QuestionAnswer<Name extends QuestionName> {
  readonly input: ZodType<Questions[Name]['input']>;
  /** @throws PlatformError with what the person is told */
  readonly answer: (input: Questions[Name]['input']) => Promise<Questions[Name]['answer']>;
}

/** An answer for every question there is: one that is forgotten does not compile. */
export type QuestionAnswers = { readonly [Name in QuestionName]: QuestionAnswer<Name> };

export interface QuestionDesk {
  readonly port: Pick<ElectronPort, 'handle'>;
  /** The only origin that is answered. */
  readonly origin: string;
  readonly log: DesktopLog;
}

/**
 * Answers the window's questions: only those of our own page, only of the right form, and never with a thrown error, whose stack and paths would
 * be shown to whatever runs in the page.
 */
export function answerQuestions({ port, origin, log }: QuestionDesk, answers: QuestionAnswers): void {
  for (const [name, { input, answer }] of Object.entries(answers) as [QuestionName, QuestionAnswer<QuestionName>][]) {
    port.handle(name, async (sender, asked): Promise<BridgeAnswer<unknown>> => {
      if (!isOurPage(sender, origin)) {
        log.warn('a question from elsewhere was refused', { question: name, origin: sender.origin });
        return refused({ code: 'forbidden', title: 'This page may not ask', detail: 'Only the application itself is answered.' });
      }
      const parsed = input.safeParse(asked);
      if (!parsed.success)
        return refused({ code: 'invalid', title: 'The question is not well-formed', detail: z.prettifyError(parsed.error) });
      try {
        return { ok: true, value: await answer(parsed.data) };
      } catch (error) {
        if (error instanceof PlatformError) return refused(error.problem);
        log.error('a question could not be answered', { question: name }, error);
        return refused({ code: 'internal', title: 'Something went wrong', detail: 'The diagnostics say more.' });
      }
    });
  }
}

function isOurPage(sender: Sender, origin: string): boolean {
  return sender.isWholePage && sender.origin === origin;
}

function refused(problem: BridgeProblem): BridgeAnswer<never> {
  return { ok: false, problem };
}
