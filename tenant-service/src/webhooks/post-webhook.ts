import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { TargetRefused } from './webhook-target.ts';

/** What is kept of an answer. */
const ANSWER_BYTES = 2048;
/** An answer has said all that counts with its status; its text is read as long as it comes at once. */
const ANSWER_MS = 2000;
/** Longest time a receiver may ask us to wait. */
const RETRY_AFTER_MAX_MS = 86_400_000;

/** What became of one attempt, in words that stay. */
export type AttemptOutcome =
  | 'delivered'
  | 'refused-status'
  | 'redirected'
  | 'gone'
  | 'timed-out'
  | 'not-resolved'
  | 'not-connected'
  | 'tls-failed'
  | 'connection-closed'
  | 'blocked-address';

export interface AttemptResult {
  readonly outcome: AttemptOutcome;
  /** The HTTP status, when there was one. */
  readonly status: number | undefined;
  /** The first 2 KiB of the answer as text, without what signed the request. */
  readonly answer: string | undefined;
  /** How long the receiver asked to be left alone. */
  readonly retryAfterMs: number | undefined;
  readonly durationMs: number;
}

export interface WebhookPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For all of it, from the name's look-up to the status. */
  readonly timeoutMs: number;
}

/**
 * Sends one webhook and says what came of it; never rejects for anything a receiver does. Redirects are not followed: where one leads nobody has
 * checked. `dispatcher` is a guardedAgent.
 */
export function postWebhook(dispatcher: Dispatcher, { url, headers, body, timeoutMs }: WebhookPost): Promise<AttemptResult> {
  return new Promise((resolve) => {
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'POST',
        headers: { ...headers, 'accept-encoding': 'identity' },
        body,
        // Its own clock is not as exact, and one is enough.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      new Attempt(headers, timeoutMs, resolve),
    );
  });
}

/** Hears what becomes of a request, without a stream, a signal or a promise for each of its parts. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly #started = performance.now();
  readonly #headers: WebhookPost['headers'];
  readonly #resolve: (result: AttemptResult) => void;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #status: number | undefined;
  #retryAfterMs: number | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout;
  #isOver = false;

  constructor(headers: WebhookPost['headers'], timeoutMs: number, resolve: (result: AttemptResult) => void) {
    this.#headers = headers;
    this.#resolve = resolve;
    this.#timer = setTimeout(() => this.#hangUp('timed-out'), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('it took too long to connect'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // What comes before the answer itself.
    if (status < 200 || this.#isOver) return;
    this.#status = status;
    this.#retryAfterMs = retryAfter(headers['retry-after']);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#hangUp(outcomeOf(status)), ANSWER_MS);
  }

  /** Reads no further than what is kept, and hangs up on whoever has more to say. */
  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver || this.#status === undefined) return;
    this.#chunks.push(chunk.subarray(0, ANSWER_BYTES - this.#size));
    this.#size += chunk.length;
    if (this.#size >= ANSWER_BYTES) this.#hangUp(outcomeOf(this.#status));
  }

  onResponseEnd(): void {
    if (this.#status !== undefined) this.#end(outcomeOf(this.#status));
  }

  /** Cut off, or shorter than it said, after the status: what came is what is kept. */
  onResponseError(_: unknown, error: Error): void {
    this.#end(this.#status === undefined ? failureOf(error) : outcomeOf(this.#status));
  }

  #hangUp(outcome: AttemptOutcome): void {
    this.#end(outcome);
    this.#controller?.abort(new Error('enough was heard'));
  }

  #end(outcome: AttemptOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#resolve({
      outcome,
      status: this.#status,
      answer: this.#status === undefined ? undefined : scrubbed(textOf(this.#chunks), this.#headers),
      retryAfterMs: this.#retryAfterMs,
      durationMs: Math.round(performance.now() - this.#started),
    });
  }
}

function outcomeOf(status: number): AttemptOutcome {
  if (status >= 200 && status < 300) return 'delivered';
  if (status === 410) return 'gone';
  return status >= 300 && status < 400 ? 'redirected' : 'refused-status';
}

/** Rows hold neither zero bytes nor halves of characters. */
function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8').replaceAll('\0', '\uFFFD').slice(0, ANSWER_BYTES).toWellFormed();
}

/** A receiver that repeats its request would have us show the signature to whoever may read deliveries. */
function scrubbed(answer: string, headers: WebhookPost['headers']): string {
  const signatures = (headers['webhook-signature'] ?? '').split(' ').map((signature) => signature.replace(/^v1,/, ''));
  return signatures.filter((text) => text !== '').reduce((text, signature) => text.replaceAll(signature, '[signature]'), answer);
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfter(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) || ms <= 0 ? undefined : Math.min(ms, RETRY_AFTER_MAX_MS);
}

const TIMEOUTS: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);
const UNREACHABLE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

function failureOf(error: unknown): AttemptOutcome {
  if (error instanceof TargetRefused) return 'blocked-address';
  const code = (error as { code?: string }).code ?? '';
  if (TIMEOUTS.has(code)) return 'timed-out';
  if (UNREACHABLE.has(code)) return 'not-connected';
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return 'not-resolved';
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|ERR_OSSL)/.test(code)) return 'tls-failed';
  // Reset, garbage instead of HTTP, an end in the middle: whatever a receiver thinks of, it is a failed attempt and no fault of ours.
  return 'connection-closed';
}
