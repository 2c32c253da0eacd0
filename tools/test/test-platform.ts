import { CATALOGUE } from '@tenantry/stack/catalogue.ts';
import { downParts, runnableParts, stackContext, upParts } from '@tenantry/stack/local-stack.ts';
import { progressLog } from '@tenantry/stack/progress-lines.ts';
import { endCommands } from '@tenantry/stack/run-command.ts';
import { isRunning } from '@tenantry/stack/supervisor.ts';

/** The local platform for the length of one test run: what ran before stays, what the run started goes. */
export class TestPlatform {
  readonly #signal: AbortSignal;
  readonly #lines = progressLog(process.stdout);
  #starting: Promise<string[]> | undefined;
  /** Which parts to stop at the end: none unless starting was tried. */
  #ours: 'all' | readonly string[] = [];

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', endCommands, { once: true });
  }

  /** Starts every part, or finds it running. @returns one sentence for each that did not come up; the others run. */
  start(): Promise<string[]> {
    // Another checkout's stack on this machine, for one: nothing can start, and the tests that need nothing still run.
    this.#starting ??= this.#start().catch((error: Error) => [`no part was started: ${error.message}`]);
    return this.#starting;
  }

  /** Stops what this run started. @returns why something did not stop, or nothing. */
  async takeDown(): Promise<string[]> {
    await this.#starting;
    if (this.#ours !== 'all' && this.#ours.length === 0) return [];
    try {
      await downParts(this.#ours === 'all' ? [] : this.#ours, { report: this.#lines.report });
      return [];
    } catch (error) {
      return [`taking down: ${(error as Error).message}`];
    }
  }

  async #start(): Promise<string[]> {
    const context = stackContext();
    const running = await Promise.all(CATALOGUE.map((part) => isRunning(part, context)));
    const servers = CATALOGUE.filter((part, index) => part.processes.length > 0 && !running[index]).map((part) => part.name);
    const outcomes = await upParts(
      runnableParts().map((part) => part.name),
      { report: this.#lines.report, signal: this.#signal, onWait: (text) => console.log(text) },
    );
    this.#ours = running.some(Boolean) ? servers : 'all';
    return outcomes
      .filter(({ part, state }) => state !== 'ready' && part.optional !== true)
      .map(({ part, state, error }) => `${part.name} did not start: ${error?.message ?? state}`);
  }
}
