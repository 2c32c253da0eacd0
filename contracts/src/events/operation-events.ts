import { z } from 'zod';

/** What became of long work. Ask for the operation itself to see its result: links in it are made anew each time. */
const FinishedOperation = z
  .object({
    id: z.uuid(),
    status: z.enum(['succeeded', 'failed', 'cancelled']),
    done: z.string().regex(/^\d+$/).meta({ description: 'Rows that were read or written.' }),
    problem: z.string().nullable().meta({ description: 'Code of the reason when it failed.' }),
    finishedAt: z.iso.datetime(),
  })
  .meta({ id: 'FinishedOperation' });

/** `data` of the events of imports, exports and reports. A reader must ignore properties it does not know: they are only ever added. */
export const operationEvents = {
  'dev.tenantry.import.finished.v1': z.object({ operation: FinishedOperation }),
  'dev.tenantry.export.finished.v1': z.object({ operation: FinishedOperation }),
  'dev.tenantry.report.finished.v1': z.object({ operation: FinishedOperation }),
} as const;
