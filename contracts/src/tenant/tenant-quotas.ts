import { z } from 'zod';

/** One billion: high enough to mean "no limit", low enough that sums of a day stay exact numbers. */
const BILLION = 1_000_000_000;
/** One pebibyte, for the same reason. */
const PEBIBYTE = 1_125_899_906_842_624;

/** A hundred years. */
const ARCHIVE_DAYS_MAX = 36_500;
/** Whatever follows transactions (figures, documents, integrations) has done so for long. */
const TRANSACTION_DAYS_MIN = 31;

/**
 * How much of each thing a tenant of a plan may use. Rates refuse with 429 until time has passed; the others refuse with 403
 * `quota-exceeded` until something is deleted, the day ends or the plan changes. All counted by the API (guide "Limits and quotas").
 * The days say how long something stays in the database (guide "The archive"): nothing is refused for them.
 */
export const TenantQuotas = z.object({
  /** All callers of the tenant together; a tenth of a minute's worth may come at once. */
  requestsPerMinute: z.int().min(1).max(BILLION).default(60_000),
  /** One person or machine client. */
  requestsPerMinutePerUser: z.int().min(1).max(BILLION).default(30_000),
  /** A day of UTC. */
  requestsPerDay: z.int().min(1).max(BILLION).default(20_000_000),
  /** Customers that are not deleted. */
  customers: z.int().min(0).max(BILLION).default(1_000_000),
  /** Tables and indexes of the tenant in PostgreSQL. */
  storageBytes: z.int().min(0).max(PEBIBYTE).default(53_687_091_200),
  /** Events of its own (`POST /v1/events`), of all callers together; absent: as many as requests. Refuses with 429. */
  publishedEventsPerMinute: z.int().min(1).max(BILLION).optional(),
  /** Turns of its imports, exports and reports at the workers, in proportion to those of other tenants; absent: 1. Refuses nothing. */
  jobWeight: z.int().min(1).max(16).optional(),
  /** Webhook deliveries that ended longer ago are moved to the archive, with their attempts. */
  webhookDeliveryDays: z.int().min(1).max(ARCHIVE_DAYS_MAX).default(30),
  /** Changes that are older are moved to the archive; what `asOf` within these days needs stays. Absent: for ever. */
  historyDays: z.int().min(1).max(ARCHIVE_DAYS_MAX).optional(),
  /** Transactions that were booked and posted earlier are moved to the archive; balances keep what they came to. Absent: for ever. */
  transactionDays: z.int().min(TRANSACTION_DAYS_MIN).max(ARCHIVE_DAYS_MAX).optional(),
});

export type TenantQuotas = z.infer<typeof TenantQuotas>;

/** What a class that says nothing gives. */
export const DEFAULT_QUOTAS: TenantQuotas = TenantQuotas.parse({});

/** The registry's `quotas` as the service reads it: a quota that is not there is no limit, one it does not know is ignored. */
export const EffectiveQuotas = TenantQuotas.partial();
export type EffectiveQuotas = z.infer<typeof EffectiveQuotas>;
