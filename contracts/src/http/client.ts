import type { z } from 'zod';
import type { Operation, UploadBody } from './operation.ts';
import { type OperationId, type Operations, operations } from './operations.ts';
import { ProblemDocument } from './problems.ts';

/** What a call of an operation takes: its path parameters, query and body as the operation's schemas want them. */
export type CallOf<Definition extends Operation> = (Definition['params'] extends z.ZodObject
  ? { params: z.input<Definition['params']> }
  : unknown) &
  (Definition['query'] extends z.ZodObject ? { query?: Partial<z.input<Definition['query']>> } : unknown) &
  (Definition['filters'] extends object ? { filter?: Readonly<Record<string, string>> } : unknown) &
  (Definition['body'] extends { schema: infer Schema extends z.ZodType } ? { body: z.input<Schema> } : unknown) &
  (Definition['body'] extends UploadBody ? { body: UploadedBytes; contentType: Definition['body']['mediaTypes'][number] } : unknown) &
  (Definition['idempotent'] extends true ? { idempotencyKey?: string } : unknown) &
  (Definition['conditional'] extends true ? { ifMatch: string } : unknown) & { signal?: AbortSignal };

/** What `fetch` sends: text, bytes, a file or a stream of bytes. */
export type UploadedBytes = NonNullable<RequestInit['body']>;

/** The answer's body (a stream when it is not JSON), its ETag and the rest of the response. */
export interface AnswerOf<Definition extends Operation> {
  readonly status: number;
  readonly data: Definition['success']['body'] extends z.ZodType
    ? z.output<Definition['success']['body']>
    : Definition['success']['mediaTypes'] extends readonly string[]
      ? ReadableStream<Uint8Array>
      : undefined;
  readonly etag: string | null;
  readonly replayed: boolean;
  readonly headers: Headers;
}

export type TenantryClient = { readonly [Id in OperationId]: (call: CallOf<Operations[Id]>) => Promise<AnswerOf<Operations[Id]>> };

/** An error answer of the API. `problem.code` says which; `problem.instance` is the request id. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: ProblemDocument;
  /** The current version's tag, which a 412 carries. */
  readonly etag: string | null;
  constructor(problem: ProblemDocument, etag: string | null) {
    super(`${problem.status} ${problem.code}: ${problem.detail}`);
    this.problem = problem;
    this.etag = etag;
  }
}

/**
 * One method per operation. Answers are not validated again: a newer server may add properties, and an older client must live with that.
 * @throws ProblemError for every answer that is not the operation's success; TypeError when the server could not be reached.
 */
export function tenantryClient(options: {
  readonly baseUrl: string;
  readonly token: () => string | Promise<string>;
  readonly fetch?: typeof fetch;
}): TenantryClient {
  const call = async (operation: Operation, input: AnyCall) => {
    const accept = ['application/json', 'application/problem+json', ...(operation.success.mediaTypes ?? [])];
    const headers = new Headers({ accept: accept.join(', ') });
    if (operation.roles.length > 0) headers.set('authorization', `Bearer ${await options.token()}`);
    if (operation.body) headers.set('content-type', contentTypeOf(operation.body, input));
    if (input.idempotencyKey !== undefined) headers.set('idempotency-key', input.idempotencyKey);
    if (input.ifMatch !== undefined) headers.set('if-match', input.ifMatch);
    const response = await (options.fetch ?? fetch)(new URL(pathOf(operation, input), options.baseUrl), {
      method: operation.method,
      headers,
      ...bodyOf(operation, input),
      ...(input.signal ? { signal: input.signal } : {}),
    });
    const etag = response.headers.get('etag');
    const { success } = operation;
    if (response.status !== success.status && !(response.status in (success.others ?? {}))) {
      throw new ProblemError(await problemOf(response), etag);
    }
    const data = success.body ? await response.json() : success.mediaTypes ? response.body : undefined;
    return {
      status: response.status,
      data,
      etag,
      replayed: response.headers.get('idempotent-replayed') === 'true',
      headers: response.headers,
    };
  };
  const methods = Object.values(operations).map((operation) => [operation.id, (input: AnyCall) => call(operation, input)]);
  return Object.fromEntries(methods) as TenantryClient;
}

interface AnyCall {
  readonly params?: Record<string, unknown>;
  readonly query?: Record<string, unknown>;
  readonly filter?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly idempotencyKey?: string;
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
}

function pathOf(operation: Operation, input: AnyCall): string {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input.params?.[name])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) if (value !== undefined) query.set(name, String(value));
  // `status` is filter[status], `createdAt[gte]` is filter[createdAt][gte].
  for (const [name, value] of Object.entries(input.filter ?? {})) query.set(name.replace(/^[^[]+/, 'filter[$&]'), value);
  return query.size === 0 ? path : `${path}?${query}`;
}

function contentTypeOf(body: NonNullable<Operation['body']>, input: AnyCall): string {
  if (body.kind === 'upload') return input.contentType ?? (body.mediaTypes[0] as string);
  return body.kind === 'json' ? 'application/json' : 'application/merge-patch+json';
}

function bodyOf(operation: Operation, input: AnyCall): RequestInit {
  if (operation.body === undefined) return {};
  if (operation.body.kind !== 'upload') return { body: JSON.stringify(input.body) };
  return { body: input.body as UploadedBytes, duplex: 'half' } as RequestInit;
}

async function problemOf(response: Response): Promise<ProblemDocument> {
  const text = await response.text();
  const parsed = ProblemDocument.safeParse(parseOrNull(text));
  if (parsed.success) return parsed.data;
  // Not ours: a proxy in between answered.
  return {
    type: 'about:blank',
    title: response.statusText || 'Unexpected answer',
    status: Math.max(400, response.status),
    detail: text.slice(0, 200),
    instance: response.headers.get('x-request-id') ?? '',
    code: 'internal',
  };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
