import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Order, Outcome, Report } from './order.ts';

/** The load client as its parent sees it. */
export class LoadProcess {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'load-client.ts'), { stdio: 'inherit' });

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws Error when an answer was not as wanted, or the client ended. */
  async run(order: Order): Promise<Outcome> {
    const ended = new AbortController();
    const end = (): void => ended.abort(new Error('the load client ended'));
    this.#child.once('exit', end);
    try {
      const answer = once(this.#child, 'message', { signal: ended.signal });
      this.#child.send(order);
      const [report] = (await answer) as [Report];
      if ('failure' in report) throw new Error(`load client: ${report.failure}`);
      return report.outcome;
    } finally {
      this.#child.off('exit', end);
    }
  }

  close(): void {
    // Gone already when a Ctrl-C reached it too.
    if (this.#child.connected) this.#child.disconnect();
  }
}
