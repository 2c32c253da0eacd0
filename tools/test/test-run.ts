import { constants } from 'node:os';
import { CHECKS, runCheck } from '../check.ts';
import { sum, type Totals } from '../test-summary.ts';
import { runProject } from './run-project.ts';
import type { Project, TestPlan } from './test-plan.ts';
import { TestPlatform } from './test-platform.ts';

/** Signals that end a run in order. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** One `npm test` from its first check to the line that CI reads. */
export class TestRun {
  readonly #plan: TestPlan;
  readonly #stop = new AbortController();
  readonly #totals: Totals[] = [];
  readonly #phases: [name: string, seconds: number][] = [];
  #interruptedBy: StopSignal | undefined;

  constructor(plan: TestPlan) {
    this.#plan = plan;
  }

  /** Ends the run in order: the test under way is told, what was started is stopped. A second signal changes nothing. */
  interrupt(signal: StopSignal): void {
    if (this.#interruptedBy !== undefined) {
      process.stderr.write('already stopping what this run started; it takes up to a minute\n');
      return;
    }
    this.#interruptedBy = signal;
    this.#stop.abort(new Error(`interrupted by ${signal}`));
  }

  /** @returns the exit code: 0, 1, or 128 + the signal's number. */
  async toTheEnd(): Promise<number> {
    const platform = this.#plan.needsServers ? new TestPlatform(this.#stop.signal) : undefined;
    try {
      await this.#runPhases(platform);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#failed(`the run itself broke: ${(error as Error).stack}`);
    } finally {
      if (platform !== undefined) await this.#phase('taking down', async () => this.#failedEach(await platform.takeDown()));
    }
    return this.#report();
  }

  async #runPhases(platform: TestPlatform | undefined): Promise<void> {
    const { checks, projects } = this.#plan;
    // Downloads and long builds begin at once; checks and unit tests run beside them.
    const starting = platform?.start();
    starting?.catch(() => {}); // Awaited below; a failure before that must not end the process.
    let problems: readonly string[] = [];
    if (checks) await this.#phase('checks', () => this.#runChecks());
    if (projects.includes('unit')) await this.#phase('unit', () => this.#run('unit'));
    if (starting !== undefined) {
      await this.#phase('waiting for the parts', async () => {
        problems = await starting;
        this.#failedEach(problems);
      });
    }
    if (projects.includes('integration')) await this.#phase('integration', () => this.#run('integration'));
    if (!projects.includes('e2e')) return;
    // Every one of them would wait out its limit for the part that is not there: an hour for nothing.
    if (problems.length > 0) this.#failed('e2e: not run, because not every part started');
    else await this.#phase('e2e', () => this.#run('e2e'));
  }

  async #runChecks(): Promise<void> {
    for (const check of CHECKS) {
      this.#stop.signal.throwIfAborted();
      const passed = await runCheck(check, this.#stop.signal);
      this.#totals.push({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, names: passed ? [] : [`check: ${check.name}`] });
    }
  }

  async #run(project: Project): Promise<void> {
    this.#totals.push(await runProject(project, this.#plan.filters, this.#stop.signal));
  }

  async #phase(name: string, work: () => Promise<void>): Promise<void> {
    if (name !== 'taking down') this.#stop.signal.throwIfAborted();
    console.log(`\n── ${name} ──`);
    const started = performance.now();
    try {
      await work();
    } finally {
      this.#phases.push([name, (performance.now() - started) / 1000]);
    }
  }

  #failedEach(names: readonly string[]): void {
    for (const name of names) this.#failed(name);
  }

  #failed(name: string): void {
    this.#totals.push({ passed: 0, failed: 1, names: [name] });
  }

  #report(): number {
    const { passed, failed, names, triedAgain = [], lacking = [] } = sum(this.#totals);
    const total = this.#phases.reduce((seconds, [, each]) => seconds + each, 0);
    console.log(`\n${this.#phases.map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`).join(' · ')} · total ${total.toFixed(1)} s`);
    if (triedAgain.length > 0) {
      console.log(`\npassed only when tried again:\n${triedAgain.map((name) => `  ${name}`).join('\n')}`);
    }
    if (lacking.length > 0) console.log(`\ncannot run on this machine:\n${lacking.map((name) => `  ${name}`).join('\n')}`);
    if (names.length > 0) console.log(`\nnot passed:\n${names.map((name) => `  ${name}`).join('\n')}`);
    if (this.#interruptedBy !== undefined) console.log(`\ninterrupted by ${this.#interruptedBy}; the counts are of what ran`);
    console.log(`\n${passed} passed, ${failed} failed`);
    if (this.#interruptedBy !== undefined) return 128 + constants.signals[this.#interruptedBy];
    return failed === 0 && passed > 0 ? 0 : 1;
  }
}
