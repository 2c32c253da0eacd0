import type { Operation, ProblemPlace } from '@tenantry/contracts';
import type { z } from 'zod';
import { Problem } from '../problem.ts';
import type { PlainRequest } from './plain.ts';
import { parseStrictJson } from './strict-json.ts';

/** The parts of a request an operation's schemas describe, checked. */
export interface ParsedRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly idempotencyKey: string | undefined;
  /** The version If-Match names; 0, which no row has, for a tag that is not ours. */
  readonly ifMatch: number;
}

const MEDIA_TYPES = { json: 'application/json', 'merge-patch': 'application/merge-patch+json' } as const;
const KEY = /^[\x21-\x7e]{1,200}$/;
const VERSION_TAG = /^"([1-9]\d{0,9})"$/;

/** @throws Problem invalid-request, malformed-json, body-too-large, unsupported-media-type, if-match-missing. */
export async function parseRequest(operation: Operation, request: PlainRequest): Promise<ParsedRequest> {
  const params = operation.params === undefined ? request.params : check(operation.params, request.params, '/path');
  const query = parseQuery(operation, request.query);
  const idempotencyKey = operation.idempotent ? keyOf(request) : undefined;
  const ifMatch = operation.conditional ? versionOf(request) : 0;
  const body = operation.body === undefined ? undefined : await parseBody(operation.body, request);
  return { params, query, body, idempotencyKey, ifMatch };
}

function parseQuery(operation: Operation, query: string): unknown {
  if (query === '') return operation.query === undefined ? {} : check(operation.query, {}, '/query');
  const values: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(query)) {
    if (name in values) throw invalid([{ pointer: `/query/${escapePointer(name)}`, detail: 'must occur once' }]);
    values[name] = value;
  }
  if (operation.query !== undefined) return check(operation.query, { ...values }, '/query');
  throw invalid(
    Object.keys(values).map((name) => ({ pointer: `/query/${escapePointer(name)}`, detail: 'is not a parameter of this operation' })),
  );
}

async function parseBody(body: NonNullable<Operation['body']>, request: PlainRequest): Promise<unknown> {
  const expected = MEDIA_TYPES[body.kind];
  const contentType = request.headers['content-type'];
  if (contentType !== expected && !sameMediaType(contentType, expected)) {
    throw new Problem('unsupported-media-type', `The body must be ${expected} in UTF-8.`);
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw new Problem('unsupported-media-type', 'The body must not be compressed.');
  return check(body.schema, parseStrictJson(await request.body()), '');
}

function sameMediaType(contentType: string | undefined, expected: string): boolean {
  const [type, ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  return type === expected && parameters.every((parameter) => !parameter.startsWith('charset=') || /^charset="?utf-?8"?$/.test(parameter));
}

function keyOf(request: PlainRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw invalid([{ pointer: '/header/idempotency-key', detail: 'must be 1 to 200 visible ASCII characters' }]);
}

function versionOf(request: PlainRequest): number {
  const tag = request.headers['if-match'];
  if (tag === undefined) throw new Problem('if-match-missing', 'Send the ETag of the version the change was made from as If-Match.');
  return Number(VERSION_TAG.exec(tag.trim())?.[1] ?? 0);
}

function check(schema: z.ZodType, value: unknown, place: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(result.error.issues.flatMap((issue) => placesOf(issue, place)).slice(0, 20));
}

function placesOf(issue: z.core.$ZodIssue, place: string): ProblemPlace[] {
  const pointer = [place, ...issue.path.map((step) => escapePointer(String(step)))].join('/');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ pointer: `${pointer}/${escapePointer(key)}`, detail: 'is not a property of this request' }));
  }
  return [{ pointer, detail: issue.message }];
}

function invalid(errors: readonly ProblemPlace[]): Problem {
  return new Problem(
    'invalid-request',
    errors.length === 1 ? 'One part of the request is wrong.' : `${errors.length} parts of the request are wrong.`,
    {
      errors,
    },
  );
}

const escapePointer = (step: string): string => step.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
