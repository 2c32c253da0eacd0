import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Listening, SharedMemory } from '../redis/port.ts';
import type { ChangedCustomers, RowChanges } from '../tenancy/row-changes.ts';
import type { Tenant } from '../tenancy/tenant.ts';

/** A customer as it goes out. */
export interface CachedCustomer {
  readonly id: string;
  readonly version: number;
  readonly document: string;
}

/** What a look-up found: `customer` is undefined for an id that is known not to be there. */
export interface CacheHit {
  readonly customer: CachedCustomer | undefined;
}

interface Entry extends CacheHit {
  /** State of the changes when its read began. */
  readonly asOf: number;
}

/** Of a process whose memory is to stay below 300 MB; about thirty thousand customers. */
const BYTES_MAX = 32 * 1024 * 1024;
/** A document this large is read rarely and would push out many. */
const ENTRY_BYTES_MAX = 64 * 1024;
/** Key, numbers and the places in the maps. */
const ENTRY_BYTES = 300;
/**
 * The one bound that needs nobody: however a change was lost (a replica that lost Redis alone, SQL by hand), nothing older is served. A row that is
 * read often is still read from the database once in two seconds instead of hundreds of times.
 */
const MAX_AGE_MS = 2000;
const ABSENT_MAX_AGE_MS = 1000;
/** A writer waits this long at most until Redis has taken the news. */
const TELL_MS = 50;
/**
 * Customers read a moment ago, in this process (design: issue "Caching"). Rules:
 * – after a write through this process nothing older is ever served by it: the door tells it before the write is answered (RowChanges);
 * – other replicas hear of it through Redis before the write is answered, or within 50 ms, on the tenant's own channel: a dedicated tenant's
 *   replicas may hear no other, everybody else hears all of them;
 * – it is on only while it is certain to hear: without Redis, after a gap, or in silence it is empty and every read goes to the database;
 * – a row read before a change was heard of is not remembered after it.
 * Redis carries the news, not the rows: a coalesced read of PostgreSQL costs what a read of Redis does, and a second copy would be a second thing to be wrong.
 */
export class CustomerCache implements RowChanges {
  readonly lookups = { hit: 0, miss: 0, off: 0 };
  emptied = 0;
  readonly #rows: LRUCache<string, Entry>;
  readonly #redis: SharedMemory | undefined;
  readonly #me = randomUUID();
  readonly #listening: Listening | undefined;
  /** Counts changes of any tenant. */
  #changes = 0;
  readonly #changedAt = new Map<string, number>();
  readonly #emptiedAt = new Map<string, number>();
  #clearedAt = 0;
  /** Tenants whose changes could not be told; as many as there are tenants at most. */
  #untold = new Set<string>();

  /** `tenantId` when this process serves that tenant alone. Without Redis nothing is ever remembered. */
  constructor(options: { redis: SharedMemory | undefined; tenantId?: string | undefined; maxBytes?: number }) {
    this.#redis = options.redis;
    this.#rows = new LRUCache({
      maxSize: options.maxBytes ?? BYTES_MAX,
      maxEntrySize: ENTRY_BYTES_MAX,
      // Two bytes a character is what a document with one Chinese name costs.
      sizeCalculation: ({ customer }) => ENTRY_BYTES + 2 * (customer?.document.length ?? 0),
      ttl: MAX_AGE_MS,
    });
    this.#listening = this.#redis?.listen(channelOf(options.tenantId ?? '*'), {
      message: (text) => this.#heard(text),
      gap: () => this.#clear(),
    });
    this.#redis?.onConnect(() => this.#tellUntold());
  }

  get bytes(): number {
    return this.#rows.calculatedSize;
  }

  /** Undefined: ask the database. */
  get(tenant: Tenant, id: string): CacheHit | undefined {
    if (this.#listening === undefined || !this.#listening.isCurrent()) {
      this.lookups.off += 1;
      return undefined;
    }
    const entry = this.#rows.get(keyOf(tenant.tenantId, id));
    if (entry === undefined || entry.asOf < (this.#emptiedAt.get(tenant.tenantId) ?? 0)) {
      this.lookups.miss += 1;
      return undefined;
    }
    this.lookups.hit += 1;
    return entry;
  }

  /** To be taken before a read or a write leaves. */
  begin(tenant: Tenant): number {
    void tenant;
    return this.#changes;
  }

  /** Keeps what a read found, unless something of the tenant has changed since `ticket`: the read may be older than the change. */
  remember(tenant: Tenant, ticket: number, id: string, customer: CachedCustomer | undefined): void {
    if (this.#listening === undefined || !this.#listening.isCurrent()) return;
    if ((this.#changedAt.get(tenant.tenantId) ?? 0) > ticket || this.#clearedAt > ticket) return;
    const entry: Entry = { customer, asOf: ticket };
    if (customer === undefined) this.#rows.set(keyOf(tenant.tenantId, id), entry, { ttl: ABSENT_MAX_AGE_MS });
    else this.#rows.set(keyOf(tenant.tenantId, id), entry);
  }

  async ended(tenant: Tenant, _ticket: number, changed: ChangedCustomers): Promise<void> {
    if (this.#redis === undefined || changed === 'none') return;
    const ids = changed === 'any' ? undefined : [...changed];
    if (ids?.length === 0) return;
    this.#forget(tenant.tenantId, ids);
    await this.#tell(tenant.tenantId, ids);
  }

  #forget(tenantId: string, ids: readonly string[] | undefined): void {
    this.#changes += 1;
    this.#changedAt.set(tenantId, this.#changes);
    if (ids === undefined) this.#emptiedAt.set(tenantId, this.#changes);
    else for (const id of ids) this.#rows.delete(keyOf(tenantId, id));
  }

  #clear(): void {
    this.#changes += 1;
    this.#clearedAt = this.#changes;
    if (this.#rows.size > 0) this.emptied += 1;
    this.#rows.clear();
  }

  async #tell(tenantId: string, ids: readonly string[] | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const told = this.#say(tenantId, ids);
    await Promise.race([
      told,
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, TELL_MS);
      }),
    ]);
    clearTimeout(timer);
  }

  /** Never rejects. What could not be told is told, as "all of the tenant", when Redis is back. */
  async #say(tenantId: string, ids: readonly string[] | undefined): Promise<void> {
    try {
      await this.#redis?.say(channelOf(tenantId), JSON.stringify({ from: this.#me, tenantId, ids }));
    } catch {
      this.#untold.add(tenantId);
    }
  }

  #tellUntold(): void {
    const untold = this.#untold;
    this.#untold = new Set();
    for (const tenantId of untold) void this.#say(tenantId, undefined);
  }

  #heard(text: string): void {
    const news = newsOf(text);
    // From a newer version, perhaps: what it says is not known, so anything may have changed.
    if (news === undefined) this.#clear();
    else if (news.from !== this.#me) this.#forget(news.tenantId, news.ids);
  }
}

/** Where processes of a cell tell each other which customers of a tenant changed. */
const channelOf = (tenantId: string): string => `t:${tenantId}:customers-changed`;
const keyOf = (tenantId: string, id: string): string => `${tenantId}:${id}`;

function newsOf(
  text: string,
): { readonly from: string; readonly tenantId: string; readonly ids: readonly string[] | undefined } | undefined {
  try {
    const { from, tenantId, ids } = JSON.parse(text) as Record<string, unknown>;
    if (typeof from !== 'string' || typeof tenantId !== 'string') return undefined;
    if (ids === undefined) return { from, tenantId, ids };
    return Array.isArray(ids) && ids.every((id) => typeof id === 'string') ? { from, tenantId, ids } : undefined;
  } catch {
    return undefined;
  }
}
