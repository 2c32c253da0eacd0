import { z } from 'zod';
import { operation } from './operation.ts';
import { PageCursor, PageLimit, pageOf } from './page.ts';

/** What is too long for one request: it is answered 202, runs in the background, and is looked at here. */
export const OPERATION_KINDS = ['import', 'export', 'report'] as const;
export const OPERATION_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

/** Why an operation failed. Append-only, as the problem codes of answers. */
export const OPERATION_FAILURES = {
  'import-file-unreadable': 'The file is not what the import was told, from some byte on',
  'source-missing': 'The uploaded file is no longer there',
  'tenant-changed': 'The tenant may not write any more',
  'too-large': 'The result is larger than an export may be',
  'quota-exceeded': 'The plan has no room for more',
  archived: 'What it was to tell of has moved to the archive',
  'gave-up': 'It was tried several times and never got further',
} as const;

export type OperationFailure = keyof typeof OPERATION_FAILURES;
export type OperationKind = (typeof OPERATION_KINDS)[number];
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

const Instant = z.iso.datetime({ precision: 3 });
const Count = z.int().min(0);

/** The first rows an import refused; the errors file has all of them. */
export const RowError = z.strictObject({
  row: Count.meta({ description: 'The first row under the header is 1.' }),
  code: z.string(),
  field: z.string().nullable(),
  message: z.string(),
});

export const ImportResult = z
  .strictObject({
    created: Count,
    updated: Count,
    skipped: Count,
    failed: Count,
    dryRun: z.boolean(),
    firstErrors: z.array(RowError).max(20),
    errors: z.string().nullable().meta({ description: 'Address of the errors file; null when no row failed.' }),
  })
  .meta({ id: 'ImportResult' });

export const ExportResult = z
  .strictObject({
    rows: Count,
    bytes: Count,
    url: z.url().meta({ description: 'Download link, good for 15 minutes; every GET of the operation makes a new one.' }),
    urlExpiresAt: Instant,
  })
  .meta({ id: 'ExportResult' });

/** What became of a report's file; the report itself says more. */
export const ReportResult = z
  .strictObject({ ...ExportResult.shape, sha256: z.string().meta({ description: 'Of the whole file, in hexadecimal.' }) })
  .meta({ id: 'ReportResult' });

/** Why an operation failed, as answers show it. */
export const OperationProblem = z.strictObject({
  code: z.enum(Object.keys(OPERATION_FAILURES) as [OperationFailure]),
  title: z.string(),
  detail: z.string(),
});

const example = {
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1e01',
  kind: 'import',
  status: 'succeeded',
  progress: { done: 1000, total: 1000 },
  request: { resource: 'customers', format: 'csv' },
  result: {
    created: 998,
    updated: 0,
    skipped: 0,
    failed: 2,
    dryRun: false,
    firstErrors: [{ row: 17, code: 'invalid-value', field: 'email', message: 'Invalid email address' }],
    errors: '/v1/imports/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1e01/errors',
  },
  problem: null,
  actor: 'f3a1',
  createdAt: '2026-11-22T14:00:00.000Z',
  startedAt: '2026-11-22T14:00:00.120Z',
  finishedAt: '2026-11-22T14:00:01.870Z',
  expiresAt: '2026-11-29T14:00:01.870Z',
} as const;

/** A long operation as every answer shows it. */
export const LongOperation = z
  .strictObject({
    id: z.uuid(),
    kind: z.enum(OPERATION_KINDS),
    status: z.enum(OPERATION_STATUSES).meta({ description: '`succeeded`, `failed` and `cancelled` are final.' }),
    progress: z.strictObject({
      done: Count.meta({ description: 'Rows so far.' }),
      total: Count.nullable().meta({ description: 'Rows in all: estimated from the part read so far while it runs, null before.' }),
    }),
    request: z.record(z.string(), z.json()).meta({ description: 'What was asked.' }),
    result: z.union([ImportResult, ExportResult, ReportResult]).nullable().meta({ description: 'An import’s counts also while it runs.' }),
    problem: OperationProblem.nullable(),
    actor: z.string().meta({ description: 'Subject of the token that asked.' }),
    createdAt: Instant,
    startedAt: Instant.nullable(),
    finishedAt: Instant.nullable(),
    expiresAt: Instant.nullable().meta({ description: 'When the operation and its files are removed.' }),
  })
  .meta({ id: 'LongOperation', example });

export const longOperationExample = example;

const LongOperationPage = pageOf(LongOperation).meta({ id: 'LongOperationPage' });
const params = z.strictObject({ id: z.uuid() });
const everyone = ['admin', 'editor', 'viewer', 'machine'] as const;

export const listOperations = operation({
  id: 'listOperations',
  // A download link is signed with a key that only the platform's replicas hold.
  servedBy: 'platform',
  method: 'GET',
  path: '/v1/operations',
  tag: 'Operations',
  summary: 'List long operations',
  description: 'Newest first. Finished ones are kept for seven days.',
  roles: everyone,
  writes: false,
  query: z.strictObject({ limit: PageLimit, cursor: PageCursor }),
  success: {
    status: 200,
    description: 'A page of operations.',
    body: LongOperationPage,
    example: { items: [example], page: { next: null, limit: 50 } },
  },
  problems: ['invalid-request', 'invalid-cursor'],
});

export const getOperation = operation({
  id: 'getOperation',
  // A download link is signed with a key that only the platform's replicas hold.
  servedBy: 'platform',
  method: 'GET',
  path: '/v1/operations/{id}',
  tag: 'Operations',
  summary: 'Get a long operation',
  description: 'Ask again after `Retry-After` while it is queued or running. `If-None-Match` with the last ETag answers 304.',
  roles: everyone,
  writes: false,
  params,
  success: {
    status: 200,
    description: 'The operation as it stands.',
    body: LongOperation,
    example,
    headers: { ETag: 'Changes with status, progress and result.', 'Retry-After': 'Seconds, while it is not finished.' },
  },
  problems: ['invalid-request', 'not-found'],
});

export const streamOperation = operation({
  id: 'streamOperation',
  method: 'GET',
  path: '/v1/operations/{id}/stream',
  tag: 'Operations',
  summary: 'Follow a long operation',
  description:
    'Server-sent events: `id` is the version of the operation, `data` has `id`, `kind`, `status`, `progress` (`done`, `total`), `problem` and `finishedAt` as `GET /v1/operations/{id}` shows them. It begins with how it stands and tells of each change within a second; a slow reader is told the newest only. When the operation is over, that is the last event and the stream ends: ask for the operation to have its result. A stream that ends before ends with your token, with a restart of the server, or because you took nothing: come back, and it begins with how it stands. Streams count together with those of `GET /v1/events/stream`.',
  roles: everyone,
  writes: false,
  params,
  success: { status: 200, description: 'The stream.', mediaTypes: ['text/event-stream'] },
  problems: ['invalid-request', 'not-found'],
});

export const cancelOperation = operation({
  id: 'cancelOperation',
  method: 'DELETE',
  path: '/v1/operations/{id}',
  tag: 'Operations',
  summary: 'Cancel a long operation',
  description:
    'It stops after the rows it is at. What an import has written stays written; `result` of the operation says how much. Cancelling twice is fine.',
  roles: ['admin', 'editor', 'machine'],
  writes: true,
  params,
  success: { status: 200, description: 'The operation, cancelled.', body: LongOperation, example: { ...example, status: 'cancelled' } },
  problems: ['invalid-request', 'tenant-read-only', 'not-found', 'operation-finished'],
});

export type LongOperation = z.infer<typeof LongOperation>;
export type RowError = z.infer<typeof RowError>;
export type ImportResult = z.infer<typeof ImportResult>;
export type ExportResult = z.infer<typeof ExportResult>;
export type ReportResult = z.infer<typeof ReportResult>;
