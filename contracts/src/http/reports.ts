import { z } from 'zod';
import { Instant } from './instant.ts';
import { OPERATION_STATUSES, OperationProblem } from './long-operations.ts';
import { operation } from './operation.ts';
import { PageCursor, PageLimit, pageOf } from './page.ts';
import { REPORT_COLUMN_TYPES, REPORT_NAMES, REPORTS, type ReportName } from './report-catalogue.ts';
import { TimeZone } from './report-parameters.ts';

export const REPORT_FORMATS = ['csv', 'ndjson', 'xlsx', 'pdf', 'parquet'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

const At = z.iso.datetime({ precision: 3 });
const everyone = ['admin', 'editor', 'viewer', 'machine'] as const;
/** The format a request asks for. */
export const reportFormat = z.enum(REPORT_FORMATS).default('csv').meta({
  description:
    'XLSX and PDF show amounts as people read them; a PDF has at most 5,000 rows. Parquet has counts and minor units as INT64, instants as UTC milliseconds.',
});

/** A report and its parameters, as a request names them. */
const askedFor = <Name extends ReportName>(name: Name) => ({
  report: z.literal(name),
  parameters: (REPORTS[name].parameters as z.ZodObject).prefault({}) as unknown as z.ZodPrefault<(typeof REPORTS)[Name]['parameters']>,
});
const timing = {
  format: reportFormat,
  timeZone: TimeZone,
  asOf: Instant.optional().meta({ description: 'The instant it tells of: nothing that became known later is in it. Now when absent.' }),
};

/** One shape for each report of the catalogue, each with the fields of `more`. */
export const anyReport = <More extends z.ZodRawShape>(more: More) =>
  z.discriminatedUnion('report', [
    z.strictObject({ ...askedFor('transaction-volume'), ...more }),
    z.strictObject({ ...askedFor('customer-growth'), ...more }),
    z.strictObject({ ...askedFor('customer-segments'), ...more }),
    z.strictObject({ ...askedFor('account-statement'), ...more }),
    z.strictObject({ ...askedFor('account-balances'), ...more }),
    z.strictObject({ ...askedFor('top-customers'), ...more }),
    z.strictObject({ ...askedFor('dormant-customers'), ...more }),
    z.strictObject({ ...askedFor('customer-cohorts'), ...more }),
  ]);

/** The body of POST: one shape for each report. */
export const NewReport = anyReport(timing).meta({ id: 'NewReport' });

const volumeExample = {
  report: 'transaction-volume',
  parameters: { period: { from: '2026-10-01', to: '2026-11-01' }, by: 'month' },
  format: 'csv',
  timeZone: 'Europe/Berlin',
} as const;
const example = {
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1e02',
  ...volumeExample,
  asOf: '2026-11-22T14:00:00.000Z',
  scheduleId: null,
  scheduledFor: null,
  status: 'succeeded',
  rows: 12,
  file: {
    bytes: 703,
    sha256: '3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea',
    mediaType: 'text/csv; charset=utf-8',
    url: 'https://files.example.org/t/019a9a4e/reports/019a9a4e?X-Amz-Signature=0f',
    urlExpiresAt: '2026-11-22T14:15:01.870Z',
  },
  problem: null,
  createdBy: 'f3a1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
  createdAt: '2026-11-22T14:00:00.000Z',
  startedAt: '2026-11-22T14:00:00.120Z',
  finishedAt: '2026-11-22T14:00:01.870Z',
  expiresAt: '2026-11-29T14:00:01.870Z',
} as const;
const queued = { ...example, status: 'queued', rows: 0, file: null, startedAt: null, finishedAt: null, expiresAt: null } as const;

/** A report as every answer shows it. */
export const Report = z
  .strictObject({
    id: z.uuid().meta({ description: 'Also the id of its operation: progress and cancelling are there.' }),
    report: z.enum(REPORT_NAMES),
    parameters: z.record(z.string(), z.json()).meta({ description: 'As asked, defaults filled in.' }),
    format: z.enum(REPORT_FORMATS),
    timeZone: z.string(),
    asOf: At,
    scheduleId: z.uuid().nullable(),
    scheduledFor: At.nullable().meta({ description: 'The instant of its schedule.' }),
    status: z.enum(OPERATION_STATUSES),
    rows: z.int().min(0).meta({ description: 'So far, while it runs.' }),
    file: z
      .strictObject({
        bytes: z.int().min(0),
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .meta({ description: 'Of the whole file.' }),
        mediaType: z.string(),
        url: z.url().meta({ description: 'Download link, good for 15 minutes; every GET of the report makes a new one.' }),
        urlExpiresAt: At,
      })
      .nullable()
      .meta({ description: 'Null until it has succeeded.' }),
    problem: OperationProblem.nullable(),
    createdBy: z.string().meta({ description: 'Subject of the token that asked, or whoever made the schedule.' }),
    createdAt: At,
    startedAt: At.nullable(),
    finishedAt: At.nullable(),
    expiresAt: At.nullable().meta({ description: 'When report and file are removed.' }),
  })
  .meta({ id: 'Report', example });

const ReportPage = pageOf(Report).meta({ id: 'ReportPage' });

/** One kind of report, as the catalogue describes it. */
const CatalogueEntry = z
  .strictObject({
    report: z.enum(REPORT_NAMES),
    title: z.string(),
    description: z.string(),
    parameters: z.record(z.string(), z.json()).meta({ description: 'JSON Schema of `parameters`.' }),
    columns: z.array(z.strictObject({ name: z.string(), type: z.enum(REPORT_COLUMN_TYPES), title: z.string() })),
    formats: z.array(z.enum(REPORT_FORMATS)),
  })
  .meta({ id: 'ReportCatalogueEntry' });

export const reportCatalogue = operation({
  id: 'reportCatalogue',
  method: 'GET',
  path: '/v1/reports/catalogue',
  tag: 'Reports',
  summary: 'List the kinds of reports',
  description: 'With their parameters and columns.',
  roles: everyone,
  writes: false,
  success: {
    status: 200,
    description: 'Every report there is.',
    body: z.strictObject({ items: z.array(CatalogueEntry) }),
    example: {
      items: [
        {
          report: 'customer-segments',
          title: REPORTS['customer-segments'].title,
          description: REPORTS['customer-segments'].description,
          parameters: { type: 'object', properties: {}, additionalProperties: false },
          columns: [{ name: 'segment', type: 'text', title: 'Segment' }],
          formats: ['csv'],
        },
      ],
    },
  },
  problems: [],
});

export const createReport = operation({
  id: 'createReport',
  servedBy: 'platform',
  method: 'POST',
  path: '/v1/reports',
  tag: 'Reports',
  summary: 'Make a report',
  description:
    'Makes a file in the background, from one snapshot. The report is an operation as well: `DELETE /v1/operations/{id}` stops it. In CSV, text ' +
    'that a spreadsheet would take for a formula gets an apostrophe in front, as in exports. Amounts in CSV and NDJSON are whole minor units.',
  roles: everyone,
  writes: true,
  idempotent: true,
  body: { kind: 'json', schema: NewReport, example: volumeExample },
  success: {
    status: 202,
    description: 'The report will be made.',
    body: Report,
    example: queued,
    headers: {
      Location: 'Address of the report.',
      'Retry-After': 'Seconds after which a look at it is worth while.',
      'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.',
    },
  },
  problems: [
    'malformed-json',
    'invalid-request',
    'archived',
    'tenant-read-only',
    'body-too-large',
    'unsupported-media-type',
    'idempotency-key-reused',
  ],
});

export const listReports = operation({
  id: 'listReports',
  // A download link is signed with a key that only the platform's replicas hold.
  servedBy: 'platform',
  method: 'GET',
  path: '/v1/reports',
  tag: 'Reports',
  summary: 'List reports',
  description: 'Newest first. Finished ones are kept for seven days.',
  roles: everyone,
  writes: false,
  query: z.strictObject({
    limit: PageLimit,
    cursor: PageCursor,
    scheduleId: z.uuid().optional().meta({ description: 'Only those of this schedule.' }),
  }),
  success: {
    status: 200,
    description: 'A page of reports.',
    body: ReportPage,
    example: { items: [example], page: { next: null, limit: 50 } },
  },
  problems: ['invalid-request', 'invalid-cursor'],
});

export const getReport = operation({
  id: 'getReport',
  servedBy: 'platform',
  method: 'GET',
  path: '/v1/reports/{id}',
  tag: 'Reports',
  summary: 'Get a report',
  description: 'Ask again after `Retry-After` while it is queued or running. `file.url` is where the file is when it has succeeded.',
  roles: everyone,
  writes: false,
  params: z.strictObject({ id: z.uuid() }),
  success: {
    status: 200,
    description: 'The report as it stands.',
    body: Report,
    example,
    headers: { 'Retry-After': 'Seconds, while it is not finished.' },
  },
  problems: ['invalid-request', 'not-found'],
});

export type Report = z.infer<typeof Report>;
export type NewReport = z.infer<typeof NewReport>;
