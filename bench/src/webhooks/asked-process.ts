import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A program of this folder in a process of its own, that answers each message with one. Ends with this process or by `close`. */
export class AskedProcess {
  readonly #child: ChildProcess;

  constructor(program: string) {
    this.#child = fork(join(import.meta.dirname, program), { stdio: 'inherit' });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The next thing it says. @throws when it ends instead, or says `failure`. */
  async hear<T>(): Promise<T> {
    const ended = new AbortController();
    const end = (): void => ended.abort(new Error('a process of the bench ended'));
    this.#child.once('exit', end);
    try {
      const [said] = (await once(this.#child, 'message', { signal: ended.signal })) as [T & { readonly failure?: string }];
      if (said.failure !== undefined) throw new Error(said.failure);
      return said;
    } finally {
      this.#child.off('exit', end);
    }
  }

  async ask<T>(message: object): Promise<T> {
    const answer = this.hear<T>();
    this.#child.send(message);
    return await answer;
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
