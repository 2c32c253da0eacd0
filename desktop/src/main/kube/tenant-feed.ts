import { type Clock, systemClock } from '@tenantry/operator/control/clock.ts';
import { type Connection, Informer, type InformerOptions } from '@tenantry/operator/control/informer.ts';
import type { KubeApi } from '@tenantry/operator/control/kube-api.ts';
import { isKubeError } from '@tenantry/operator/control/kube-error.ts';
import type { KubeObject, Resource } from '@tenantry/operator/control/kube-object.ts';
import type { FeedConnection, TenantRow, TenantsNotice } from '../../platform/platform-view-questions.ts';
import { TENANTS, type TenantObject } from './tenant-kinds.ts';
import { tenantRow } from './tenant-row.ts';

export interface TenantFeedOptions extends Pick<InformerOptions<KubeObject>, 'random'> {
  readonly api: Pick<KubeApi, 'list' | 'watch'>;
  readonly tell: (notice: TenantsNotice) => void;
  readonly clock?: Clock;
}

/** What changes within this time is told at once: a fleet that moves is ten pictures a second, not a thousand. */
const BATCH_MS = 100;
/** Rows in one notice: the window takes each in a few milliseconds, so that it never hangs over the first ten thousand. */
const MOST_ROWS = 1_000;
/** Whoever looks at a list has one page more patience than a server has memory for. */
const PAGE_SIZE = 500;

/** A Tenant as the feed keeps it: its row, without the rest. */
interface ListedTenant extends KubeObject {
  readonly row: TenantRow;
}

/**
 * All tenants, live: list and watch by the operator's own informer, told as rows in batches. It begins at the first `follow` and goes on
 * until `close`, whatever the server does; how the two get along is part of every notice, so a list that stands still says so.
 */
export class TenantFeed {
  private readonly options: TenantFeedOptions;
  private readonly clock: Clock;
  private readonly informer: Informer<ListedTenant>;
  private readonly end = new AbortController();
  /** Names whose row changed since the last notice. */
  private readonly changed = new Set<string>();
  private connection: FeedConnection = { state: 'connecting' };
  private sequence = 0;
  private isFollowed = false;
  private cancelFlush: (() => void) | undefined;

  constructor(options: TenantFeedOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.informer = new Informer<ListedTenant>({
      api: options.api,
      resource: TENANTS as unknown as Resource<ListedTenant>,
      pageSize: PAGE_SIZE,
      transform: listed,
      clock: this.clock,
      onConnection: (connection) => this.take(connection),
      ...(options.random === undefined ? {} : { random: options.random }),
    });
    this.informer.onChange((name) => {
      this.changed.add(name);
      this.flushSoon();
    });
  }

  /** Tells everything from the beginning, then every change. */
  follow(): void {
    if (!this.isFollowed) void this.informer.start(this.end.signal);
    this.isFollowed = true;
    for (const { metadata } of this.informer.list()) this.changed.add(metadata.name);
    this.flush(true);
  }

  /** Nothing is told any more. */
  close(): void {
    this.end.abort();
    this.cancelFlush?.();
  }

  private take(connection: Connection): void {
    const now = this.clock.date().getTime();
    this.connection =
      connection.state === 'live'
        ? { state: 'live' }
        : {
            state: 'reconnecting',
            since: new Date(now - this.informer.stalenessMs()).toISOString(),
            why: connection.error instanceof Error ? connection.error.message : `${connection.error}`,
            needsSignIn: isKubeError(connection.error, 'Unauthorized'),
            retryAt: new Date(now + connection.retryInMs).toISOString(),
          };
    this.flushSoon();
  }

  private flushSoon(): void {
    this.cancelFlush ??= this.clock.setTimeout(() => this.flush(false), BATCH_MS);
  }

  private flush(reset: boolean): void {
    this.cancelFlush?.();
    this.cancelFlush = undefined;
    if (this.end.signal.aborted) return;
    const names = [...this.changed];
    this.changed.clear();
    for (let at = 0; at === 0 || at < names.length; at += MOST_ROWS) {
      const batch = names.slice(at, at + MOST_ROWS);
      const rows = batch.map((name) => this.informer.get(name)?.row);
      this.sequence += 1;
      this.options.tell({
        sequence: this.sequence,
        reset: reset && at === 0,
        complete: this.informer.hasSynced && at + MOST_ROWS >= names.length,
        changed: rows.filter((row) => row !== undefined),
        gone: batch.filter((_, index) => rows[index] === undefined),
        connection: this.connection,
      });
    }
  }
}

/** The server gave a whole Tenant; ten thousand of them are not kept. */
function listed(object: KubeObject): ListedTenant {
  const { name, uid, resourceVersion } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) },
    row: tenantRow(object as TenantObject),
  };
}
