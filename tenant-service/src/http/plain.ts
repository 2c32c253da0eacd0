import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** A request as the pipeline sees it: no framework, no socket. */
export interface PlainRequest {
  readonly method: string;
  /** Path parameters by name, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** What follows `?`, undecoded; empty when there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Reads the body once asked, so that a refused request's body is never held in memory. @throws Problem body-too-large. */
  readonly body: (maxBytes: number) => Promise<Buffer>;
  /** The body as it arrives; ends with Problem body-too-large when more than `maxBytes` come. */
  readonly upload: (maxBytes: number) => Readable;
}

/** An answer: header names in lower case; `body` is text, a stream, or absent. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable | undefined;
}
