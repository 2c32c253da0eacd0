/** What the load client is told to do: so many requests over its open connections, as fast as they are answered. */
export interface Order {
  readonly port: number;
  readonly connections: number;
  readonly count: number;
  /** Access token of every request. */
  readonly token: string;
  readonly work: CreateWork | ReadWork;
  /** Statuses that count as success. */
  readonly accept: readonly number[];
}

/** POST /v1/customers, each with a body of its own. */
export interface CreateWork {
  readonly kind: 'create';
  /** Makes email addresses unlike those of other runs. */
  readonly mark: string;
  /** Number of the first body; the next order goes on behind it. */
  readonly first: number;
}

/** GET /v1/customers/{id}, each id drawn evenly from `idsFile` (one a line). */
export interface ReadWork {
  readonly kind: 'read';
  readonly idsFile: string;
}

/** What came of an order. */
export interface Outcome {
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What the load client sends back. */
export type Report = { readonly outcome: Outcome } | { readonly failure: string };
