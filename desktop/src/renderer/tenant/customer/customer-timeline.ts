import type { AccountVersion, CustomerVersion, FieldChange, LongOperation, ReportName, Transaction } from '@tenantry/contracts';

interface Happened {
  /** The same however often it is read. */
  readonly key: string;
  readonly at: string;
  /** Subject of a token. */
  readonly actor: string;
}

/** Something that happened to a customer: to it, to one of its accounts, to what other systems say of it, or a report made of it. */
export type TimelineEntry = Happened &
  (
    | { readonly kind: 'change'; readonly version: CustomerVersion }
    | { readonly kind: 'account'; readonly accountId: string; readonly version: AccountVersion }
    | { readonly kind: 'booking'; readonly accountId: string; readonly amountMinor: string; readonly transaction: Transaction | undefined }
    | { readonly kind: 'system'; readonly source: string; readonly version: number; readonly payload: unknown }
    | { readonly kind: 'report'; readonly report: ReportName; readonly status: LongOperation['status'] }
  );

/** What one source said when it was asked: newest first, and where it goes on. */
export interface TimelinePart {
  readonly source: string;
  readonly entries: readonly TimelineEntry[];
  readonly next: string | null;
}

/** Source → where it goes on. */
export type TimelineCursors = Readonly<Record<string, string>>;

/**
 * One order out of many sources, newest first, as far back as it is complete: what is older than the oldest that a source which goes on has said is
 * held back until that source was asked again.
 */
export function timelineOf(parts: readonly TimelinePart[]): {
  readonly entries: readonly TimelineEntry[];
  /** Sources to ask for what comes next; undefined at the end. */
  readonly next: TimelineCursors | undefined;
} {
  const last = new Map<string, { readonly oldest: string; readonly next: string | null }>();
  for (const { source, entries, next } of parts) last.set(source, { oldest: entries.at(-1)?.at ?? last.get(source)?.oldest ?? '', next });
  const goingOn = [...last].flatMap(([source, { oldest, next }]) => (next === null ? [] : [{ source, oldest, next }]));
  const complete =
    goingOn
      .map(({ oldest }) => oldest)
      .sort()
      .at(-1) ?? '';
  const entries = parts
    .flatMap((part) => part.entries)
    .filter(({ at }) => at >= complete)
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  const holding = goingOn.filter(({ oldest }) => oldest === complete);
  return { entries, next: holding.length === 0 ? undefined : Object.fromEntries(holding.map(({ source, next }) => [source, next])) };
}

/** What an account's history says, with the transactions it tells of where they are at hand: old ones may be in the archive. */
export function accountEntries(
  accountId: string,
  versions: readonly AccountVersion[],
  transactions: readonly Transaction[],
): readonly TimelineEntry[] {
  const posted = new Map(transactions.map((transaction) => [transaction.accountVersion, transaction]));
  return versions.map((version): TimelineEntry => {
    const happened = { key: `${accountId} ${version.version}`, at: version.changedAt, actor: version.actor, accountId };
    if (version.change !== 'posted') return { ...happened, kind: 'account', version };
    const transaction = posted.get(version.version);
    return { ...happened, kind: 'booking', amountMinor: transaction?.amountMinor ?? balanceChange(version), transaction };
  });
}

function balanceChange({ changes }: AccountVersion): string {
  const balance = changes.find(({ pointer }) => pointer === '/balanceMinor');
  return String(BigInt(String(balance?.after ?? '0')) - BigInt(String(balance?.before ?? '0')));
}

/** Names of the fields of which something changed; of attributes their own names. */
export function changedFields(changes: readonly FieldChange[]): readonly string[] {
  const names = changes.map(({ pointer }) => {
    const [field = '', key] = pointer.slice(1).split('/');
    return field === 'attributes' && key !== undefined ? key : field;
  });
  return [...new Set(names)];
}

/** Resource of an import → kinds of entries it makes. */
const IMPORTED: Readonly<Record<string, readonly TimelineEntry['kind'][]>> = {
  customers: ['change'],
  accounts: ['account'],
  transactions: ['booking'],
};

/** The import that made the entry: one of the same person, of such things, that ran at that moment. */
export function importOf(entry: TimelineEntry, operations: readonly LongOperation[]): LongOperation | undefined {
  return operations.find(
    ({ kind, actor, request, startedAt, finishedAt }) =>
      kind === 'import' &&
      actor === entry.actor &&
      request.dryRun !== true &&
      (IMPORTED[String(request.resource)] ?? []).includes(entry.kind) &&
      startedAt !== null &&
      startedAt <= entry.at &&
      (finishedAt === null || entry.at <= finishedAt),
  );
}

/** Reports that were made of one of the accounts. */
export function reportEntries(operations: readonly LongOperation[], accountIds: ReadonlySet<string>): readonly TimelineEntry[] {
  return operations.flatMap(({ id, kind, request, actor, createdAt, status }): TimelineEntry[] => {
    const { accountId } = (request.parameters ?? {}) as { accountId?: string };
    if (kind !== 'report' || accountId === undefined || !accountIds.has(accountId)) return [];
    return [{ key: id, at: createdAt, actor, kind: 'report', report: request.report as ReportName, status }];
  });
}
