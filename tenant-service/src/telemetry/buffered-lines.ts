import type { DestinationStream } from 'pino';

/** Where whole chunks go; pino.destination() is one. */
interface Sink {
  readonly write: (chunk: string) => unknown;
  readonly flush: (done?: (error?: Error) => void) => void;
}

const CHUNK_CHARACTERS = 32_768;
const WAIT_MS = 100;

/**
 * Joins log lines before they reach sonic-boom. That one measures all it holds again with every line, which cost 14 µs a line, a fifth of a
 * request. A line waits 100 ms at most; what waits is lost when the process is killed.
 */
export class BufferedLines implements DestinationStream {
  readonly #sink: Sink;
  #lines: string[] = [];
  #characters = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  write(line: string): void {
    this.#lines.push(line);
    this.#characters += line.length;
    if (this.#characters >= CHUNK_CHARACTERS) this.#pass();
    else this.#timer ??= setTimeout(() => this.#pass(), WAIT_MS).unref();
  }

  /** Resolves `done` when everything written so far is out. pino calls it for `logger.flush()`. */
  flush(done?: (error?: Error) => void): void {
    this.#pass();
    this.#sink.flush(done);
  }

  #pass(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    const chunk = this.#lines.join('');
    this.#lines = [];
    this.#characters = 0;
    this.#sink.write(chunk);
  }
}
