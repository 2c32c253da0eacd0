import { type NewReport, REPORT_FORMATS, REPORT_NAMES, REPORTS } from '@tenantry/contracts';
import { z } from 'zod';
import type { FeatureParts } from '../../feature-parts.ts';
import type { Handlers } from '../../http/handlers.ts';
import { announceOperations } from '../../jobs/announce-operations.ts';
import { type OpenOperations, waitingOperations } from '../../jobs/operation-repository.ts';
import { answerParameter, idempotencyKeyOf, writeOnce } from '../../journal/idempotency-keys.ts';
import { Problem } from '../../problem.ts';
import { machineName } from '../../reporting/report-format.ts';
import type { ReportRequest } from '../../reporting/report-request.ts';
import { isFinal } from '../../transfer/describe-operation.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import { reportDocument, type StoredReport } from './report-document.ts';
import * as statements from './report-statements.ts';
import { requireReportRows } from './require-report-rows.ts';

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;
const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Reports: what there is to ask for, asked for, looked at. */
export function reportHandlers({
  door,
  cursors,
  transfers,
}: FeatureParts): Handlers<'reportCatalogue' | 'createReport' | 'listReports' | 'getReport'> {
  const { objects, queue } = transfers;
  return {
    reportCatalogue: async () => ({ status: 200, headers: { ...JSON_TYPE, 'cache-control': 'private, max-age=3600' }, body: catalogue() }),

    createReport: async (call) => {
      if (queue === undefined || objects === undefined) {
        throw new Problem('unavailable', 'Reports are not set up here: the cell has no bucket or no queue.', {
          headers: { 'retry-after': '300' },
        });
      }
      const { tenant, actor, trace, body } = call;
      const createdAt = new Date().toISOString();
      const request = requestOf(body, createdAt);
      // What is told of now is told by the tables; what was then may have moved.
      if (body.asOf !== undefined || 'period' in body.parameters) await door.read(tenant, (tx) => requireReportRows(tx, request));
      const id = uuidv7();
      const fresh: StoredReport = {
        ...{ id, ...request, request: {}, actor: actor.subject, createdAt, status: 'queued', done: '0' },
        ...{ scheduleId: null, scheduledFor: null, result: null, problem: null, startedAt: null, finishedAt: null, expiresAt: null },
      };
      const answer = {
        status: 202,
        headers: { ...JSON_TYPE, location: `/v1/reports/${id}`, 'retry-after': '1' },
        body: JSON.stringify(await reportDocument(fresh, objects)),
      };
      const key = idempotencyKeyOf('createReport', call);
      const values = [
        id,
        JSON.stringify(request),
        actor.subject,
        trace.traceId,
        trace.traceparent,
        createdAt,
        answerParameter(key, answer),
      ];
      let open: OpenOperations = [];
      const settled = await writeOnce(door, tenant, key, async () => {
        [, open] = await door.write(tenant, (tx) => Promise.all([tx.run(statements.createReport, values), waitingOperations(tx)]));
        return answer;
      });
      if (settled === answer) await announceOperations(queue, tenant, open);
      return settled;
    },

    listReports: async ({ tenant, query }) => {
      const { limit, cursor, scheduleId = null } = query;
      const scope = { tenantId: tenant.tenantId, operationId: 'listReports', query: scheduleId ?? '' };
      const after = cursor === undefined ? HIGHEST_ID : cursors.decode(scope, cursor);
      const rows = (await door.read(tenant, (tx) =>
        tx.run(statements.listReports, [after, limit + 1, scheduleId]),
      )) as unknown as StoredReport[];
      const items = await Promise.all(rows.slice(0, limit).map((row) => reportDocument(row, objects)));
      const next = rows.length > limit ? cursors.encode(scope, rows[limit - 1]?.id ?? '') : null;
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ items, page: { next, limit } }) };
    },

    getReport: async ({ tenant, params }) => {
      const [row] = await door.read(tenant, (tx) => tx.run(statements.findReport, [params.id.toLowerCase()]));
      if (row === undefined) throw new Problem('not-found', 'There is no such report.');
      const stored = row as unknown as StoredReport;
      const headers = { ...JSON_TYPE, ...(isFinal(stored.status) ? {} : { 'retry-after': '1' }) };
      return { status: 200, headers, body: JSON.stringify(await reportDocument(stored, objects)) };
    },
  };
}

function requestOf({ report, parameters, format, timeZone, asOf = '' }: NewReport, now: string) {
  if (asOf > now) {
    throw new Problem('invalid-request', 'What will be is not known.', { errors: [{ pointer: '/asOf', detail: 'is in the future' }] });
  }
  return { report, parameters, format, timeZone, asOf: asOf || now } as ReportRequest & { readonly parameters: StoredReport['parameters'] };
}

/** Made once: it is the same for everybody. */
let catalogueBody: string | undefined;

function catalogue(): string {
  catalogueBody ??= JSON.stringify({
    items: REPORT_NAMES.map((report) => {
      const { title, description, parameters, columns } = REPORTS[report];
      const {
        $schema: _schema,
        '~standard': _standard,
        ...schema
      } = z.toJSONSchema(parameters, { io: 'input' }) as Record<string, unknown>;
      const shown = columns.map((column) => ({ ...column, name: machineName(column) }));
      return { report, title, description, parameters: schema, columns: shown, formats: REPORT_FORMATS };
    }),
  });
  return catalogueBody;
}
