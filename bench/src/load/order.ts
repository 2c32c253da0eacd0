/** What the load client is told to do: so many requests over its open connections, as fast as they are answered. */
export interface Order {
  /** Connections are shared out evenly. */
  readonly ports: readonly number[];
  readonly connections: number;
  readonly count: number;
  readonly work: Work;
  /** Statuses that count as success. */
  readonly accept: readonly number[];
  /** Requests a second, each on time whether or not those before were answered; as fast as they are answered when absent. */
  readonly rate?: number;
}

/** Requests, drawn evenly from the templates. */
export interface Work {
  readonly templates: readonly Template[];
  /** Number of the first request; the next order goes on behind it. */
  readonly first: number;
  /** One id a line, all of one length. */
  readonly idsFile?: string;
  /** Share of the requests that ask for the same hundredth of the ids. */
  readonly hotShare?: number;
}

/** One kind of request. `#########` becomes the running number, `@@id@@` a drawn id. */
export interface Template {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What came of an order. */
export interface Outcome {
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What the load client sends back. */
export type Report = { readonly outcome: Outcome } | { readonly failure: string };
