import { z } from 'zod';
import { AUDITED_CHANGES } from './audit.ts';
import { EVENT_FILTERS, eventExample, TenantEvent } from './events.ts';
import { operation } from './operation.ts';
import { PageLimit } from './page.ts';
import { text } from './text.ts';

/** An event with who made it happen, and its link of the hash chain. */
const TrailEntry = z
  .strictObject({
    event: TenantEvent,
    actor: z
      .string()
      .nullable()
      .meta({ description: 'Subject of the token; null for what has no history of its own, such as a finished report.' }),
    change: z
      .string()
      .nullable()
      .meta({ description: `${AUDITED_CHANGES.join(', ')}; more may come.` }),
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: 'SHA-256 over the hash before it and the event: whoever has the entries can follow the chain.' }),
  })
  .meta({ id: 'TrailEntry' });

export const listAuditTrail = operation({
  id: 'listAuditTrail',
  method: 'GET',
  path: '/v1/audit/events',
  tag: 'Audit',
  summary: 'The event log backwards, with who did it and its hashes',
  description:
    'Newest first. Ask for the next page with `before` = `page.before`. Each entry has its place in the hash chain of the log, so that a copy of it proves that nothing was changed, moved or taken out.',
  roles: ['admin'],
  writes: false,
  query: z.strictObject({
    before: z
      .string()
      .regex(/^[1-9]\d{0,14}$/)
      .optional()
      .meta({ description: 'Only events with a smaller number than this.' }),
    limit: PageLimit,
    actor: text(200).min(1).optional().meta({ description: 'Only what this subject of a token did.' }),
    ...EVENT_FILTERS,
  }),
  success: {
    status: 200,
    description: 'A page of the trail.',
    body: z
      .strictObject({
        items: z.array(TrailEntry),
        page: z.strictObject({ before: z.string().nullable().meta({ description: 'Null at the beginning of the log.' }), limit: z.int() }),
      })
      .meta({ id: 'AuditTrailPage' }),
    example: {
      items: [{ event: eventExample, actor: 'f3a1', change: 'deleted', hash: 'a3f1'.repeat(16) }],
      page: { before: null, limit: 50 },
    },
  },
  problems: ['invalid-request'],
});
