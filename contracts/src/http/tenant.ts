import { z } from 'zod';
import { operation } from './operation.ts';

const everyone = ['admin', 'editor', 'viewer', 'machine'] as const;
const Day = z.iso.date().meta({ description: 'A day of UTC, e.g. `2026-11-22`.' });
const Count = z.int().min(0);

/** One quota of the plan and what is used of it. */
export const QuotaLevel = z
  .strictObject({
    quota: z.enum(['customers', 'storageBytes', 'requestsPerDay']),
    limit: Count.nullable().meta({ description: 'Null: no limit.' }),
    used: Count.nullable().meta({ description: 'As last counted, at most a minute ago; null when it could not be counted.' }),
  })
  .meta({ id: 'QuotaLevel' });

/** The tenant as its own people see it. */
export const TenantView = z
  .strictObject({
    id: z.uuid(),
    name: z.string(),
    class: z.string().meta({ description: 'Name of the plan.' }),
    state: z.enum(['Active', 'ReadOnly', 'Suspended']),
    reason: z.string().nullable().meta({ description: 'Why it is not Active, in the words of whoever decided it.' }),
    url: z.string().nullable().meta({ description: 'Where the tenant is served.' }),
    limits: z.strictObject({
      requestsPerMinute: Count.nullable().meta({ description: 'All callers together; null: no limit.' }),
      requestsPerMinutePerUser: Count.nullable().meta({ description: 'Each person or machine client; null: no limit.' }),
      publishedEventsPerMinute: Count.nullable().meta({ description: 'Events of your own; null: as many as requests.' }),
    }),
    quotas: z.array(QuotaLevel),
  })
  .meta({ id: 'Tenant' });

/** What was used on one day. */
export const UsageDay = z
  .strictObject({
    day: Day,
    requests: Count,
    refused: Count.meta({ description: 'Refused by a rate or a quota; not among `requests`.' }),
    customers: Count.nullable().meta({
      description: 'As last counted that day; an estimate above 50,000 customers while far from the limit.',
    }),
    storageBytes: Count.nullable(),
  })
  .meta({ id: 'UsageDay' });

const UsageDays = z.strictObject({ items: z.array(UsageDay) }).meta({ id: 'UsageDays' });

export const getTenant = operation({
  id: 'getTenant',
  method: 'GET',
  path: '/v1/tenant',
  tag: 'Tenant',
  summary: 'The tenant: plan, state, limits and what is used of them',
  description:
    'Also answered while the tenant is read-only or suspended (then without what is used), and when the requests of the day are used up.',
  roles: everyone,
  writes: false,
  states: ['Active', 'ReadOnly', 'Suspended'],
  success: {
    status: 200,
    description: 'The tenant.',
    body: TenantView,
    example: {
      id: '01920000-0000-7000-8000-000000000001',
      name: 'acme',
      class: 'standard',
      state: 'Active',
      reason: null,
      url: 'https://acme.example.com',
      limits: { requestsPerMinute: 600, requestsPerMinutePerUser: 120, publishedEventsPerMinute: 300 },
      quotas: [
        { quota: 'customers', limit: 10_000, used: 8123 },
        { quota: 'storageBytes', limit: 5_368_709_120, used: 21_594_112 },
        { quota: 'requestsPerDay', limit: 100_000, used: 40_221 },
      ],
    },
  },
  problems: [],
});

export const getUsage = operation({
  id: 'getUsage',
  method: 'GET',
  path: '/v1/usage',
  tag: 'Tenant',
  summary: 'What was used, day by day',
  description: 'Oldest first. Days on which nothing was asked are left out. Other replicas’ requests show within ten seconds.',
  roles: everyone,
  writes: false,
  query: z.strictObject({
    from: Day.optional().meta({ description: 'First day of UTC; 29 days before `to` when absent. At most 366 days are answered.' }),
    to: Day.optional().meta({ description: 'Last day of UTC, included; today when absent.' }),
  }),
  success: {
    status: 200,
    description: 'The days.',
    body: UsageDays,
    example: { items: [{ day: '2026-11-22', requests: 40_221, refused: 3, customers: 8123, storageBytes: 21_594_112 }] },
  },
  problems: ['invalid-request'],
});

export type TenantView = z.infer<typeof TenantView>;
