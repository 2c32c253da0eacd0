import { z } from 'zod';
import { FieldChanges } from './field-change.ts';
import { operation } from './operation.ts';
import { PageCursor, PageLimit, pageOf } from './page.ts';

/** What may happen to something; as `history.change` allows. */
export const AUDITED_CHANGES = ['created', 'updated', 'deleted', 'restored', 'merged', 'unmerged', 'posted'] as const;
/** What has a history. */
export const AUDITED_AGGREGATES = ['customer', 'account', 'user', 'machine-client'] as const;

/** Who did what to which, and when. */
export const AuditEntry = z
  .strictObject({
    aggregate: z.string().meta({ description: `One of ${AUDITED_AGGREGATES.join(', ')}; more may come.` }),
    aggregateId: z.uuid(),
    version: z.int().min(1),
    change: z.enum(AUDITED_CHANGES),
    changedAt: z.iso.datetime({ precision: 3 }),
    actor: z.string().meta({ description: 'Subject of the token that made the change.' }),
    traceId: z.string().nullable().meta({ description: 'W3C trace of the request; its 32 hex digits.' }),
    changes: FieldChanges,
  })
  .meta({ id: 'AuditEntry' });

export const listAudit = operation({
  id: 'listAudit',
  method: 'GET',
  path: '/v1/audit',
  tag: 'Audit',
  summary: 'Who did what to which',
  description:
    'Newest first, over everything with a history. A page ends after about a second of looking: with a filter that matches little it may be short or even empty while `page.next` is there.',
  roles: ['admin'],
  writes: false,
  query: z.strictObject({ limit: PageLimit, cursor: PageCursor }),
  filters: {
    actor: { type: 'text', operators: ['eq'], description: 'Subject of a token.' },
    aggregate: { type: 'choice', operators: ['eq'], choices: AUDITED_AGGREGATES },
    aggregateId: { type: 'id', operators: ['eq'] },
    change: { type: 'choice', operators: ['eq', 'in'], choices: AUDITED_CHANGES },
    changedAt: { type: 'instant', operators: ['gte', 'gt', 'lt', 'lte'] },
  },
  success: {
    status: 200,
    description: 'A page of entries.',
    body: pageOf(AuditEntry).meta({ id: 'AuditPage' }),
    example: {
      items: [
        {
          aggregate: 'customer',
          aggregateId: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
          version: 2,
          change: 'updated',
          changedAt: '2026-11-22T14:00:00.000Z',
          actor: 'f3a1',
          traceId: 'f0c4036820164e8a8919cad15973feaa',
          changes: [{ pointer: '/segment', before: 'enterprise', after: null }],
        },
      ],
      page: { next: null, limit: 50 },
    },
  },
  problems: ['invalid-request', 'invalid-cursor'],
});

export type AuditEntry = z.infer<typeof AuditEntry>;
