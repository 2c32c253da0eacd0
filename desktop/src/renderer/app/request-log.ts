/** A call to a tenant's api, as the person who looks for a fault wants it. What was sent and what came is not kept: it is customers' data. */
export interface LoggedRequest {
  readonly id: number;
  readonly at: number;
  readonly tenant: string;
  readonly method: string;
  readonly path: string;
  /** Until the head of the answer; undefined while it is waited for. */
  readonly milliseconds: number | undefined;
  /** 0 when nobody answered. */
  readonly status: number | undefined;
  /** What finds the request in the servers' logs. */
  readonly traceId: string | undefined;
}

const KEPT = 100;

/** The last calls of this window, newest first. In memory: it ends with the window. */
export class RequestLog {
  #requests: readonly LoggedRequest[] = [];
  readonly #listeners = new Set<() => void>();
  #count = 0;

  /** Makes the call and notes how it went. What the caller gets is what it would get without. */
  async follow(call: Pick<LoggedRequest, 'tenant' | 'method' | 'path'>, send: () => Promise<Response>): Promise<Response> {
    this.#count += 1;
    const id = this.#count;
    const start = performance.now();
    this.#set([
      { ...call, id, at: Date.now(), milliseconds: undefined, status: undefined, traceId: undefined },
      ...this.#requests.slice(0, KEPT - 1),
    ]);
    const done = (status: number, traceId?: string): void => {
      const milliseconds = Math.round(performance.now() - start);
      this.#set(this.#requests.map((request) => (request.id === id ? { ...request, status, milliseconds, traceId } : request)));
    };
    try {
      const answer = await send();
      done(answer.status, answer.headers.get('traceparent')?.split('-')[1]);
      return answer;
    } catch (error) {
      done(0);
      throw error;
    }
  }

  clear(): void {
    this.#set([]);
  }

  /** The same array until something changes, as React's stores want it. */
  readonly read = (): readonly LoggedRequest[] => this.#requests;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #set(requests: readonly LoggedRequest[]): void {
    this.#requests = requests;
    for (const listener of this.#listeners) listener();
  }
}

/** The window's own. */
export const requestLog = new RequestLog();

/** The call as a command line. The token is the reader's own: `npm run token`, or the environment's way to one. */
export function asCurl({ method, path }: LoggedRequest): string {
  const words = [
    'curl',
    ...(method === 'GET' ? [] : ['-X', method]),
    `"$TENANT_URL"'${path.replaceAll("'", "'\\''")}'`,
    '-H "authorization: Bearer $TOKEN"',
  ];
  return words.join(' ');
}
