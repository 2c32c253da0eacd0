import { REPORT_SCHEDULES_MAX, type ReportSchedule } from '@tenantry/contracts';
import type { FeatureParts } from '../../feature-parts.ts';
import type { Handlers } from '../../http/handlers.ts';
import { answerParameter, idempotencyKeyOf, storedAnswer, writeOnce } from '../../journal/idempotency-keys.ts';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';
import { CronRuns } from '../../reporting/cron-runs.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import * as statements from './schedule-statements.ts';

type ScheduleOperations =
  | 'createReportSchedule'
  | 'listReportSchedules'
  | 'getReportSchedule'
  | 'updateReportSchedule'
  | 'deleteReportSchedule';
type StoredSchedule = Omit<ReportSchedule, 'nextRuns'>;

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;
const SHOWN_RUNS = 3;

/** Schedules of reports: kept here, run by the job workers (reporting/due-schedules.ts). */
export function scheduleHandlers({ door }: Pick<FeatureParts, 'door'>): Handlers<ScheduleOperations> {
  const find = async (tenant: Tenant, id: string): Promise<StoredSchedule> => {
    const [row] = await door.read(tenant, (tx) => tx.run(statements.findSchedule, [id.toLowerCase()]));
    if (row === undefined) throw new Problem('not-found', 'There is no such schedule.');
    return row as unknown as StoredSchedule;
  };
  const inVersion = async (tenant: Tenant, id: string, ifMatch: number): Promise<StoredSchedule> => {
    const stored = await find(tenant, id);
    if (stored.version === ifMatch) return stored;
    throw new Problem('version-stale', `The schedule is in version ${stored.version} now. Read it again and repeat the change.`, {
      headers: { etag: etagOf(stored) },
    });
  };
  /** Somebody else was faster: says which version is current, or that it is gone. */
  const lost = async (tenant: Tenant, id: string, ifMatch: number): Promise<Problem> => {
    await inVersion(tenant, id, ifMatch);
    return new Problem('unavailable', 'The change met another one. Repeat it.', { headers: { 'retry-after': '1' } });
  };

  return {
    createReportSchedule: async (call) => {
      const { tenant, actor, body } = call;
      const at = new Date().toISOString();
      const stored: StoredSchedule = {
        ...{ id: uuidv7(), ...body, parameters: body.parameters as ReportSchedule['parameters'] },
        ...{ version: 1, createdBy: actor.subject, createdAt: at, updatedAt: at },
      };
      const shown = withRuns(stored);
      const key = idempotencyKeyOf('createReportSchedule', call);
      const headers = { ...JSON_TYPE, etag: etagOf(stored), location: `/v1/report-schedules/${stored.id}` };
      const answer = { status: 201, headers, body: JSON.stringify(shown) };
      const document = JSON.stringify({ ...stored, nextAt: shown.nextRuns[0] ?? null });
      return await writeOnce(door, tenant, key, async () => {
        const rows = await door.write(tenant, (tx) => tx.run(statements.createSchedule, [document, answerParameter(key, answer)]));
        const repeated = rows.length === 0 && key ? await storedAnswer(door, tenant, key) : undefined;
        if (repeated) return repeated;
        if (rows.length === 0)
          throw new Problem('limit-reached', `A tenant has at most ${REPORT_SCHEDULES_MAX} schedules. Delete one first.`);
        return answer;
      }).catch(nameTaken);
    },

    listReportSchedules: async ({ tenant }) => {
      const rows = (await door.read(tenant, (tx) => tx.run(statements.listSchedules, []))) as unknown as StoredSchedule[];
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ items: rows.map(withRuns) }) };
    },

    getReportSchedule: async ({ tenant, params }) => answerOf(await find(tenant, params.id)),

    updateReportSchedule: async ({ tenant, params, body, ifMatch }) => {
      const before = await inVersion(tenant, params.id, ifMatch);
      const { name = before.name, cron = before.cron, enabled = before.enabled, format = before.format, timeZone = before.timeZone } = body;
      const changed = { name, cron, enabled, format, timeZone };
      const after = { ...before, ...changed, version: before.version + 1, updatedAt: new Date().toISOString() };
      const document = JSON.stringify({ ...after, nextAt: withRuns(after).nextRuns[0] ?? null });
      const rows = await door.write(tenant, (tx) => tx.run(statements.updateSchedule, [before.id, ifMatch, document])).catch(nameTaken);
      if (rows.length === 0) throw await lost(tenant, params.id, ifMatch);
      return answerOf(after);
    },

    deleteReportSchedule: async ({ tenant, params, ifMatch }) => {
      const before = await inVersion(tenant, params.id, ifMatch);
      const rows = await door.write(tenant, (tx) => tx.run(statements.deleteSchedule, [before.id, ifMatch]));
      if (rows.length === 0) throw await lost(tenant, params.id, ifMatch);
      return { status: 204, headers: {} };
    },
  };
}

const etagOf = ({ version }: StoredSchedule): string => `"${version}"`;

const answerOf = (stored: StoredSchedule) => ({
  status: 200,
  headers: { ...JSON_TYPE, etag: etagOf(stored) },
  body: JSON.stringify(withRuns(stored)),
});

/** @throws Problem `invalid-request` for a pattern that is none. */
function withRuns(stored: StoredSchedule): ReportSchedule {
  const { name, report, parameters, format, timeZone, cron, enabled, version, createdBy, createdAt, updatedAt } = stored;
  const nextRuns = runsOf(cron, timeZone, enabled);
  return { id: stored.id, name, report, parameters, format, timeZone, cron, enabled, nextRuns, version, createdBy, createdAt, updatedAt };
}

function runsOf(cron: string, timeZone: string, enabled: boolean): string[] {
  try {
    const runs = new CronRuns(cron, timeZone);
    return enabled ? runs.next(new Date(), SHOWN_RUNS) : [];
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'is no pattern';
    throw new Problem('invalid-request', 'The schedule is not one.', { cause: error, errors: [{ pointer: '/cron', detail }] });
  }
}

function nameTaken(error: unknown): never {
  if (brokenUnique(error) !== 'report_schedules_name_unique') throw error;
  throw new Problem('report-schedule-name-taken', 'There is a schedule of this name already.', {
    cause: error,
    errors: [{ pointer: '/name', detail: 'is taken' }],
  });
}
