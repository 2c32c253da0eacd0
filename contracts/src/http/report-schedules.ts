import { z } from 'zod';
import { operation } from './operation.ts';
import { REPORT_NAMES } from './report-catalogue.ts';
import { TimeZone } from './report-parameters.ts';
import { anyReport, REPORT_FORMATS, reportFormat } from './reports.ts';
import { filledText } from './text.ts';

/** Most schedules a tenant may have. */
export const REPORT_SCHEDULES_MAX = 100;

const At = z.iso.datetime({ precision: 3 });
const everyone = ['admin', 'editor', 'viewer', 'machine'] as const;
const editors = ['admin', 'editor', 'machine'] as const;
const bodyProblems = ['malformed-json', 'invalid-request', 'tenant-read-only', 'body-too-large', 'unsupported-media-type'] as const;

const name = filledText(100).meta({ description: 'Unique among the tenant’s schedules, whatever its case.' });
const cron = z
  .string()
  .max(100)
  .regex(/^\S+(?: \S+){4}$/, 'must be five fields separated by one space')
  .meta({
    description:
      'Minute, hour, day of the month, month, day of the week, in the time zone: `0 6 1 * *` is six o’clock on the first of each month.',
  });
const enabled = z.boolean().default(true);
const timing = { name, cron, enabled, format: reportFormat, timeZone: TimeZone };

/** The body of POST: one shape for each report. */
export const NewReportSchedule = anyReport(timing).meta({ id: 'NewReportSchedule' });

/** The body of PATCH: at least one field. Another report is another schedule. */
export const ReportSchedulePatch = z
  .strictObject({ name, cron, enabled: z.boolean(), format: z.enum(REPORT_FORMATS), timeZone: TimeZone.unwrap() })
  .partial()
  .refine((patch) => Object.keys(patch).length > 0, 'must name at least one field')
  .meta({ id: 'ReportSchedulePatch' });

const newExample = {
  name: 'Volume for the board',
  report: 'transaction-volume',
  parameters: { period: 'last-month', by: 'day' },
  format: 'pdf',
  timeZone: 'Europe/Berlin',
  cron: '0 6 1 * *',
  enabled: true,
} as const;
const example = {
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1e03',
  ...newExample,
  nextRuns: ['2026-12-01T05:00:00.000Z', '2027-01-01T05:00:00.000Z', '2027-02-01T05:00:00.000Z'],
  version: 1,
  createdBy: 'f3a1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
  createdAt: '2026-11-22T14:00:00.000Z',
  updatedAt: '2026-11-22T14:00:00.000Z',
} as const;

/** A report that is made again and again. */
export const ReportSchedule = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    report: z.enum(REPORT_NAMES),
    parameters: z.record(z.string(), z.json()),
    format: z.enum(REPORT_FORMATS),
    timeZone: z.string(),
    cron: z.string(),
    enabled: z.boolean(),
    nextRuns: z.array(At).max(3).meta({ description: 'The next three instants; none while it is not enabled.' }),
    version: z.int().min(1),
    createdBy: z.string(),
    createdAt: At,
    updatedAt: At,
  })
  .meta({ id: 'ReportSchedule', example });

const params = z.strictObject({ id: z.uuid() });
const etag = { ETag: 'The version in quotes; send it back as If-Match.' };

export const createReportSchedule = operation({
  id: 'createReportSchedule',
  method: 'POST',
  path: '/v1/report-schedules',
  tag: 'Reports',
  summary: 'Make a report again and again',
  description:
    'At each instant one report is made, `asOf` that instant; it is in the list of reports, and its end is an event, which webhooks can carry. ' +
    'An hour that summer time leaves out runs at the next that there is, one that comes twice runs once. What was missed while nothing could be made is made once, for the last instant.',
  roles: editors,
  writes: true,
  idempotent: true,
  body: { kind: 'json', schema: NewReportSchedule, example: newExample },
  success: {
    status: 201,
    description: 'The schedule as stored.',
    body: ReportSchedule,
    example,
    headers: {
      ...etag,
      Location: 'Address of the schedule.',
      'Idempotent-Replayed': '`true` when the stored answer of an earlier request is repeated.',
    },
  },
  problems: [...bodyProblems, 'report-schedule-name-taken', 'limit-reached', 'idempotency-key-reused'],
});

export const listReportSchedules = operation({
  id: 'listReportSchedules',
  method: 'GET',
  path: '/v1/report-schedules',
  tag: 'Reports',
  summary: 'List schedules of reports',
  description: `By name; there are at most ${REPORT_SCHEDULES_MAX}.`,
  roles: everyone,
  writes: false,
  success: {
    status: 200,
    description: 'All schedules.',
    body: z.strictObject({ items: z.array(ReportSchedule) }),
    example: { items: [example] },
  },
  problems: [],
});

export const getReportSchedule = operation({
  id: 'getReportSchedule',
  method: 'GET',
  path: '/v1/report-schedules/{id}',
  tag: 'Reports',
  summary: 'Get a schedule',
  roles: everyone,
  writes: false,
  params,
  success: { status: 200, description: 'The schedule.', body: ReportSchedule, example, headers: etag },
  problems: ['invalid-request', 'not-found'],
});

export const updateReportSchedule = operation({
  id: 'updateReportSchedule',
  method: 'PATCH',
  path: '/v1/report-schedules/{id}',
  tag: 'Reports',
  summary: 'Change a schedule',
  description: 'JSON Merge Patch (RFC 7396). If-Match must carry the ETag of the version the change was made from; runs are no change.',
  roles: editors,
  writes: true,
  conditional: true,
  params,
  body: { kind: 'merge-patch', schema: ReportSchedulePatch, example: { enabled: false } },
  success: {
    status: 200,
    description: 'The schedule as changed.',
    body: ReportSchedule,
    example: { ...example, enabled: false, nextRuns: [], version: 2 },
    headers: etag,
  },
  problems: [...bodyProblems, 'not-found', 'report-schedule-name-taken', 'version-stale', 'if-match-missing'],
});

export const deleteReportSchedule = operation({
  id: 'deleteReportSchedule',
  method: 'DELETE',
  path: '/v1/report-schedules/{id}',
  tag: 'Reports',
  summary: 'Delete a schedule',
  description: 'Reports it has made stay.',
  roles: editors,
  writes: true,
  conditional: true,
  params,
  success: { status: 204, description: 'Deleted.' },
  problems: ['invalid-request', 'tenant-read-only', 'not-found', 'version-stale', 'if-match-missing'],
});

export type ReportSchedule = z.infer<typeof ReportSchedule>;
export type ReportSchedulePatch = z.infer<typeof ReportSchedulePatch>;
