import type { IncomingMessage, ServerResponse } from 'node:http';

/** What may become of one event of a watch. */
const EVENT_FAULTS = [
  'event dropped',
  'event repeated',
  'event late',
  'old event again',
  'watch cut',
  'watch cut in the middle of a line',
  'watch ended',
  'watch says 410',
  'watch says 500',
  'watch silent',
] as const;

/** How long a watch says nothing before it is cut. The client's own limit is longer than a test should last. */
const SILENCE_MS = 3000;

/** Passes one watch on, event by event, and does some of them wrong. */
export class UnreliableWatch {
  readonly #random: () => number;
  readonly #chance: () => number;
  readonly #count: (fault: string) => void;
  readonly #past: string[] = [];
  #cut: () => void = () => {};

  constructor(options: { readonly random: () => number; readonly chance: () => number; readonly count: (fault: string) => void }) {
    this.#random = options.random;
    this.#chance = options.chance;
    this.#count = options.count;
  }

  /** Ends the connection as a broken network would. */
  cut(): void {
    this.#cut();
  }

  async relay(answer: IncomingMessage, response: ServerResponse): Promise<void> {
    response.writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] ?? 'application/json' });
    response.flushHeaders();
    this.#cut = () => response.destroy();
    response.once('close', () => answer.destroy());
    answer.on('error', () => response.destroy());
    answer.setEncoding('utf8');
    let rest = '';
    for await (const chunk of answer as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        // What was in the same breath as the end does not come any more.
        if (response.destroyed || response.writableEnded) return;
        await this.#pass(line, response);
        this.#past.push(line);
      }
    }
    response.end();
  }

  async #pass(line: string, response: ServerResponse): Promise<void> {
    const write = (text: string): void => {
      response.write(`${text}\n`);
    };
    if (this.#random() >= this.#chance()) return write(line);
    const fault = EVENT_FAULTS[Math.floor(this.#random() * EVENT_FAULTS.length)] ?? 'event dropped';
    this.#count(fault);
    switch (fault) {
      case 'event dropped':
        return;
      case 'event repeated':
        write(line);
        return write(line);
      case 'event late':
        await pause(this.#random() * 1500);
        return write(line);
      case 'old event again':
        write(line);
        return write(this.#past[Math.floor(this.#random() * this.#past.length)] ?? line);
      case 'watch cut':
        response.destroy();
        return;
      case 'watch cut in the middle of a line':
        await new Promise((resolve) => response.write(line.slice(0, line.length / 2), resolve));
        response.destroy();
        return;
      case 'watch ended':
        response.end();
        return;
      case 'watch says 410':
        write(errorEvent(410, 'Expired'));
        response.end();
        return;
      case 'watch says 500':
        write(errorEvent(500, 'InternalError'));
        response.end();
        return;
      case 'watch silent':
        await pause(SILENCE_MS);
        response.destroy();
        return;
    }
  }
}

function errorEvent(code: number, reason: string): string {
  const object = { apiVersion: 'v1', kind: 'Status', status: 'Failure', code, reason, message: `made up: ${reason}` };
  return JSON.stringify({ type: 'ERROR', object });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
