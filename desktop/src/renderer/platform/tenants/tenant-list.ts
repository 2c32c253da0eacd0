import type { PlatformViewAccess } from '../../../platform/platform-view-access.ts';
import type { FeedConnection, TenantRow, TenantsNotice } from '../../../platform/platform-view-questions.ts';

/** All tenants as they are known now. */
export interface TenantListView {
  readonly rows: ReadonlyMap<string, TenantRow>;
  /** Every tenant has been told; until then the list is being filled. */
  readonly isComplete: boolean;
  readonly connection: FeedConnection;
  /** Of the last notice; 0 before the first. */
  readonly sequence: number;
}

export const EMPTY_LIST: TenantListView = { rows: new Map(), isComplete: false, connection: { state: 'connecting' }, sequence: 0 };

/** The view after a notice; undefined when one before it is missing, so that only asking anew helps. Pure. */
export function afterNotice(view: TenantListView, notice: TenantsNotice): TenantListView | undefined {
  if (!notice.reset && notice.sequence !== view.sequence + 1) return undefined;
  const { connection, sequence } = notice;
  const isComplete = notice.complete || (!notice.reset && view.isComplete);
  if (!notice.reset && notice.changed.length === 0 && notice.gone.length === 0) return { ...view, isComplete, connection, sequence };
  const rows = new Map(notice.reset ? [] : view.rows);
  for (const name of notice.gone) rows.delete(name);
  for (const row of notice.changed) rows.set(row.name, row);
  return { rows, isComplete, connection, sequence };
}

/** Follows the list for as long as somebody looks at it, and keeps it for those who look next. */
export class TenantList {
  private readonly access: PlatformViewAccess;
  private readonly listeners = new Set<() => void>();
  private view = EMPTY_LIST;
  private stop: (() => void) | undefined;

  constructor(access: PlatformViewAccess) {
    this.access = access;
  }

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.stop === undefined) {
      this.stop = this.access.on('tenants.changed', (notice) => this.take(notice));
      this.begin();
    }
    return () => {
      this.listeners.delete(listener);
      // The main process goes on, but between two screens nobody listens: the next one begins anew.
      if (this.listeners.size === 0) {
        this.stop?.();
        this.stop = undefined;
      }
    };
  };

  readonly current = (): TenantListView => this.view;

  /** Asks for everything again, as after signing in anew. */
  begin(): void {
    this.access.ask('tenants.follow', undefined).catch((error: unknown) => {
      const at = new Date().toISOString();
      const why = error instanceof Error ? error.message : `${error}`;
      this.show({ ...this.view, connection: { state: 'reconnecting', since: at, why, needsSignIn: false, retryAt: at } });
    });
  }

  private take(notice: TenantsNotice): void {
    const next = afterNotice(this.view, notice);
    if (next === undefined) this.begin();
    else this.show(next);
  }

  private show(view: TenantListView): void {
    this.view = view;
    for (const listener of this.listeners) listener();
  }
}
