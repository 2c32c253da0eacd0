import { ARCHIVE_FILES, BACKUP_FILES, TENANT_FILES } from '../s3/port.ts';
import { isSamePolicy } from './same-policy.ts';

/** A lifecycle rule as S3 writes it; of rules that are not ours no more is known than their ID. */
export interface BucketRule {
  readonly ID?: string | undefined;
}

/**
 * Three rules for all tenants together: a bucket takes a thousand, so a rule per tenant would end at a thousand tenants. The job worker takes
 * files away after 8 days; these are for what no worker came to, for uploads nobody finished, and for what a bucket with versions keeps of
 * removed files: without the latter a purge would leave everything behind. Days are S3's grain. Backups and archives are ended by nobody.
 */
export const BUCKET_RULES = [
  {
    ID: 'tenantry-tenant-files',
    Status: 'Enabled',
    Filter: { Prefix: TENANT_FILES },
    Expiration: { Days: 14 },
    NoncurrentVersionExpiration: { NoncurrentDays: 1 },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  },
  {
    ID: 'tenantry-unfinished-backups',
    Status: 'Enabled',
    Filter: { Prefix: BACKUP_FILES },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  },
  {
    ID: 'tenantry-archives',
    Status: 'Enabled',
    Filter: { Prefix: ARCHIVE_FILES },
    // What a bucket with versions keeps of files that a purge removed, or a later attempt.
    NoncurrentVersionExpiration: { NoncurrentDays: 1 },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
  },
] as const;

/** True when every one of ours is there as it should be. */
export function hasBucketRules(found: readonly BucketRule[]): boolean {
  return BUCKET_RULES.every((rule) => {
    const there = found.find(({ ID }) => ID === rule.ID);
    return there !== undefined && isSamePolicy(there, rule);
  });
}

/** All rules the bucket is to have: those of others as they are, and ours. */
export function withBucketRules<Rule extends BucketRule>(found: readonly Rule[]): (Rule | (typeof BUCKET_RULES)[number])[] {
  const ours: readonly (string | undefined)[] = BUCKET_RULES.map(({ ID }) => ID);
  return [...found.filter(({ ID }) => !ours.includes(ID)), ...BUCKET_RULES];
}
