import type { Readable } from 'node:stream';
import {
  BODY_BYTES_MAX,
  FILTER_OPERATORS,
  type FilterOperator,
  type JsonBody,
  type Operation,
  type ProblemPlace,
  type UploadBody,
} from '@tenantry/contracts';
import type { z } from 'zod';
import { Problem } from '../problem.ts';
import type { PlainRequest } from './plain.ts';
import { parseStrictJson } from './strict-json.ts';

/** One `filter[field][operator]=value`; the field is one the operation knows, the value is as sent. */
export interface RequestFilter {
  readonly field: string;
  /** The field's first operator when the request names none. */
  readonly operator: FilterOperator;
  readonly value: string;
}

/** The parts of a request an operation's schemas describe, checked. */
export interface ParsedRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly filters: readonly RequestFilter[];
  readonly body: unknown;
  /** Of an operation whose body is an upload: the bytes as they arrive, and their media type. */
  readonly upload: { readonly mediaType: string; readonly bytes: Readable } | undefined;
  readonly idempotencyKey: string | undefined;
  /** The version If-Match names; 0, which no row has, for a tag that is not ours. */
  readonly ifMatch: number;
}

const MEDIA_TYPES = { json: 'application/json', 'merge-patch': 'application/merge-patch+json' } as const;
const KEY = /^[\x21-\x7e]{1,200}$/;
/** RFC 9110 §8.8.3. */
const ENTITY_TAG = /^(W\/)?"[\x21\x23-\x7e]*"$/;
const VERSION_TAG = /^"([1-9]\d{0,9})"$/;

/** @throws Problem invalid-request, malformed-json, body-too-large, unsupported-media-type, if-match-missing. */
export async function parseRequest(operation: Operation, request: PlainRequest): Promise<ParsedRequest> {
  const params = operation.params === undefined ? request.params : check(operation.params, request.params, '/path');
  const { query, filters } = parseQuery(operation, request.query);
  const idempotencyKey = operation.idempotent ? keyOf(request) : undefined;
  const ifMatch = operation.conditional ? versionOf(request) : 0;
  const { body } = operation;
  const common = { params, query, filters, idempotencyKey, ifMatch };
  if (body === undefined) return { ...common, body: undefined, upload: undefined };
  if (body.kind === 'upload') return { ...common, body: undefined, upload: openUpload(body, request) };
  return { ...common, body: await parseBody(body, request), upload: undefined };
}

/** @throws Problem invalid-request. */
export function parseQuery(operation: Operation, query: string): { readonly query: unknown; readonly filters: readonly RequestFilter[] } {
  if (query === '') return { query: operation.query === undefined ? {} : check(operation.query, {}, '/query'), filters: [] };
  const values: Record<string, string> = Object.create(null);
  const filters: RequestFilter[] = [];
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (seen.has(name)) throw invalid([{ pointer: `/query/${escapePointer(name)}`, detail: 'must occur once' }]);
    seen.add(name);
    if (operation.filters !== undefined && name.startsWith('filter[')) filters.push(filterOf(operation.filters, name, value));
    else values[name] = value;
  }
  if (operation.query !== undefined) return { query: check(operation.query, { ...values }, '/query'), filters };
  const names = Object.keys(values);
  if (names.length === 0) return { query: {}, filters };
  throw invalid(names.map((name) => ({ pointer: `/query/${escapePointer(name)}`, detail: 'is not a parameter of this operation' })));
}

const FILTER = /^filter\[([^[\]]{1,200})\](?:\[(\w{1,20})\])?$/;

function filterOf(known: NonNullable<Operation['filters']>, name: string, value: string): RequestFilter {
  const [, field = '', named] = FILTER.exec(name) ?? [];
  const family = `${field.split('.')[0]}.*`;
  const rule = Object.hasOwn(known, field) ? known[field] : field.includes('.') && Object.hasOwn(known, family) ? known[family] : undefined;
  const refuse = (detail: string) => invalid([{ pointer: `/query/${escapePointer(name)}`, detail }]);
  if (rule === undefined) throw refuse(`is not a filter of this list; it has ${Object.keys(known).join(', ')}`);
  const operator = named === undefined ? rule.operators[0] : FILTER_OPERATORS.find((each) => each === named);
  if (operator === undefined || !rule.operators.includes(operator)) throw refuse(`takes the operators ${rule.operators.join(', ')}`);
  return { field, operator, value };
}

function openUpload({ mediaTypes, maxBytes }: UploadBody, request: PlainRequest): NonNullable<ParsedRequest['upload']> {
  const mediaType = mediaTypes.find((type) => sameMediaType(request.headers['content-type'], type));
  if (mediaType === undefined) throw new Problem('unsupported-media-type', `The body must be ${mediaTypes.join(' or ')} in UTF-8.`);
  refuseCompressed(request);
  return { mediaType, bytes: request.upload(maxBytes) };
}

function refuseCompressed(request: PlainRequest): void {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw new Problem('unsupported-media-type', 'The body must not be compressed.');
}

async function parseBody(body: JsonBody, request: PlainRequest): Promise<unknown> {
  const expected = MEDIA_TYPES[body.kind];
  const contentType = request.headers['content-type'];
  if (contentType !== expected && !sameMediaType(contentType, expected)) {
    throw new Problem('unsupported-media-type', `The body must be ${expected} in UTF-8.`);
  }
  refuseCompressed(request);
  return check(body.schema, parseStrictJson(await request.body(body.maxBytes ?? BODY_BYTES_MAX)), '');
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
  if (!ENTITY_TAG.test(tag)) throw invalid([{ pointer: '/header/if-match', detail: 'must be one ETag in quotes, e.g. "3"' }]);
  return Number(VERSION_TAG.exec(tag)?.[1] ?? 0);
}

function check(schema: z.ZodType, value: unknown, place: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(result.error.issues.flatMap((issue) => placesOf(issue, place)).slice(0, 20));
}

/** What a schema found, as places of the request; `place` is the pointer to what was checked. */
export function placesOf(issue: z.core.$ZodIssue, place: string): ProblemPlace[] {
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
