import { request } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks an https server and does not follow redirects. */
export type TrustingFetch = (url: string, question?: Question) => Promise<Answer>;

/**
 * An https client that trusts one CA and nothing else. Node's `fetch` takes its trust from the environment at start only, and a started
 * process cannot add our CA to itself.
 */
export function trustingFetch(ca: string): TrustingFetch {
  return async (url, question = {}) =>
    await new Promise<Answer>((resolve, reject) => {
      const body = question.body === undefined ? undefined : Buffer.from(question.body);
      const headers = { ...question.headers, ...(body ? { 'content-length': String(body.length) } : {}) };
      const asked = request(url, { ca, method: question.method ?? 'GET', headers, timeout: 60_000 }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      asked.on('timeout', () => asked.destroy(new Error(`${url} did not answer within 60 s`)));
      asked.on('error', reject);
      asked.end(body);
    });
}
