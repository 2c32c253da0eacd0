import { z } from 'zod';
import { LongOperation, longOperationExample } from './long-operations.ts';
import { operation } from './operation.ts';

/** What can be imported and exported, and the two formats. */
export const TRANSFER_RESOURCES = ['customers', 'accounts', 'transactions'] as const;
export const TRANSFER_FORMATS = ['csv', 'ndjson'] as const;
export type TransferResource = (typeof TRANSFER_RESOURCES)[number];
export type TransferFormat = (typeof TRANSFER_FORMATS)[number];

/** Largest file of an import. The file is streamed: this bounds time and storage, not memory. */
export const IMPORT_BYTES_MAX = 268_435_456;

/** A flag in a query: `true` or `false`, nothing else. */
const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false'])
    .default(fallback ? 'true' : 'false')
    .transform((value) => value === 'true');

/** Column of the file → field of the resource; null leaves the column out. */
export const ColumnMapping = z.record(z.string().min(1).max(200), z.string().min(1).max(200).nullable());

const mappingText = z
  .string()
  .max(8000)
  .transform((text, context) => {
    try {
      const mapping = ColumnMapping.safeParse(JSON.parse(text));
      if (mapping.success) return mapping.data;
    } catch {
      // Told below, as any other text that is no mapping.
    }
    context.addIssue({ code: 'custom', message: 'must be a JSON object of column → field, or null to leave the column out' });
    return z.NEVER;
  });

/** The parameters of an import. */
export const ImportQuery = z.strictObject({
  resource: z.enum(TRANSFER_RESOURCES),
  format: z.enum(TRANSFER_FORMATS).default('csv'),
  dryRun: flag(false).meta({ description: 'Checks every row and reports, writes none.' }),
  onConflict: z
    .enum(['fail', 'skip', 'update'])
    .default('fail')
    .meta({ description: 'A row that exists already: an error of the row, left out, or (customers) changed to what the file says.' }),
  match: z.enum(['externalId', 'email']).default('externalId').meta({ description: 'What makes a row the same customer, for `update`.' }),
  mapping: mappingText.optional().meta({ description: 'JSON object of column → field. Columns that are named as fields need none.' }),
  delimiter: z.enum([',', ';', '\t', '|']).optional().meta({ description: 'Of a CSV file; guessed from the header when absent.' }),
});

/** The body of an export. */
export const NewExport = z
  .strictObject({
    resource: z.enum(TRANSFER_RESOURCES),
    format: z.enum(TRANSFER_FORMATS).default('csv'),
    bom: z.boolean().default(false).meta({ description: 'Begins a CSV file with a byte order mark, as Excel wants it.' }),
    filter: z.record(z.string().min(1).max(200), z.string().max(1000)).default({}).meta({
      description: 'The filters of the list of that resource, e.g. `{"status": "active", "createdAt[gte]": "2026-01-01T00:00:00Z"}`.',
    }),
  })
  .meta({ id: 'NewExport' });

const StreamQuery = z.strictObject({
  resource: z.enum(TRANSFER_RESOURCES),
  format: z.enum(TRANSFER_FORMATS).default('csv'),
  bom: flag(false).meta({ description: 'Begins a CSV file with a byte order mark, as Excel wants it.' }),
});

const queued = {
  ...longOperationExample,
  status: 'queued',
  progress: { done: 0, total: null },
  result: null,
  startedAt: null,
  finishedAt: null,
  expiresAt: null,
} as const;
const accepted = {
  Location: 'Address of the operation.',
  'Retry-After': 'Seconds after which a look at it is worth while.',
  'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.',
};
const editors = ['admin', 'editor', 'machine'] as const;
const everyone = ['admin', 'editor', 'viewer', 'machine'] as const;

export const createImport = operation({
  id: 'createImport',
  servedBy: 'platform',
  method: 'POST',
  path: '/v1/imports',
  tag: 'Imports and exports',
  summary: 'Import a file',
  description:
    'The body is the file: CSV (RFC 4180, a header row, UTF-8) or NDJSON. It is read as it arrives and imported in the background; the ' +
    'operation tells progress, counts and the first errors. Rows are checked as POST checks a body; a row that is refused does not stop the ' +
    'others. An empty cell is an absent field. Run it with `dryRun=true` first. Idempotency-Key is required.',
  roles: editors,
  writes: true,
  idempotent: true,
  query: ImportQuery,
  body: {
    kind: 'upload',
    mediaTypes: ['text/csv', 'application/x-ndjson'],
    description: 'The file, in UTF-8, at most 256 MiB.',
    maxBytes: IMPORT_BYTES_MAX,
  },
  success: {
    status: 202,
    description: 'The file is stored and will be imported.',
    body: LongOperation,
    example: queued,
    headers: accepted,
  },
  problems: ['invalid-request', 'tenant-read-only', 'body-too-large', 'unsupported-media-type', 'idempotency-key-reused'],
});

export const importErrors = operation({
  id: 'importErrors',
  method: 'GET',
  path: '/v1/imports/{id}/errors',
  tag: 'Imports and exports',
  summary: 'Errors file of an import',
  description:
    'CSV: the columns of the imported file as they were, then `error_row`, `error_code`, `error_field` and `error_message`. Correct the rows, ' +
    'drop the last four columns or leave them, and import the file again.',
  roles: everyone,
  writes: false,
  params: z.strictObject({ id: z.uuid() }),
  success: { status: 200, description: 'Every row that was refused.', mediaTypes: ['text/csv'] },
  problems: ['invalid-request', 'not-found'],
});

export const createExport = operation({
  id: 'createExport',
  servedBy: 'platform',
  method: 'POST',
  path: '/v1/exports',
  tag: 'Imports and exports',
  summary: 'Export to a file',
  description:
    'Makes a file in the background, from one snapshot. The result of the operation has a download link. In CSV, text that a spreadsheet ' +
    'would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a line end) gets an apostrophe in front; an import takes it away again.',
  roles: everyone,
  writes: true,
  idempotent: true,
  body: { kind: 'json', schema: NewExport, example: { resource: 'customers', format: 'csv', filter: { status: 'active' } } },
  success: {
    status: 202,
    description: 'The file will be made.',
    body: LongOperation,
    example: { ...queued, kind: 'export', request: { resource: 'customers', format: 'csv', filter: { status: 'active' } } },
    headers: accepted,
  },
  problems: ['malformed-json', 'invalid-request', 'tenant-read-only', 'body-too-large', 'unsupported-media-type', 'idempotency-key-reused'],
});

export const streamExport = operation({
  id: 'streamExport',
  method: 'GET',
  path: '/v1/exports/stream',
  tag: 'Imports and exports',
  summary: 'Download at once',
  description:
    'The same file as an export makes, sent as it is read, from one snapshot. Needs no storage; an interrupted download begins anew.',
  roles: everyone,
  writes: false,
  query: StreamQuery,
  success: {
    status: 200,
    description: 'The file.',
    mediaTypes: ['text/csv', 'application/x-ndjson'],
    headers: { 'Content-Disposition': 'A file name.' },
  },
  problems: ['invalid-request'],
});

export type ImportQuery = z.infer<typeof ImportQuery>;
export type NewExport = z.infer<typeof NewExport>;
export type ColumnMapping = z.infer<typeof ColumnMapping>;
