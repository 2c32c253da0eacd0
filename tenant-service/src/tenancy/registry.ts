import pg from 'pg';
import { DatabaseAway, sqlState } from '../postgres/sql-errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { Tenant } from './tenant.ts';

const COLUMNS = `tenant_id as "tenantId", slug, state, mode, organization_id as "organizationId", schema_name as "schema", app_role as "appRole", events_topic as "eventsTopic",
  statement_timeout_ms as "statementTimeoutMs", class, quotas, url, closed_reason as "closedReason"`;
const RECONNECT_MS = { first: 100, most: 5000 };
/** A reload finds what a lost notification would have hidden, and that the connection is dead. */
const RELOAD_MS = 30_000;
const UNKNOWN_FOR_MS = 1000;

/** Something else of the cell that changes rarely, followed over the registry's connection. */
export interface Follower {
  /** What is listened to. A constant of ours, never a caller's. */
  readonly channel: string;
  /** Reads all of it: at start, at every notification, with every reload of the registry. */
  readonly read: (query: (sql: string) => Promise<Record<string, unknown>[]>) => Promise<void>;
}

interface RegistryOptions {
  readonly connection: pg.ClientConfig;
  readonly followers?: readonly Follower[];
  readonly log: Log;
  readonly onChange?: (state: { readonly tenants: number; readonly connected: boolean }) => void;
}

/**
 * Follows `tenantry.tenants` (design D5): all rows at start, each change by LISTEN, a look-up for an organization it does not know yet. When
 * the database is away it keeps what it knows and serves on; after every reconnect it reads all rows again.
 */
export class TenantRegistry {
  readonly #options: RegistryOptions;
  readonly #byId = new Map<string, Tenant>();
  readonly #byOrganization = new Map<string, Tenant>();
  readonly #unknown = new Map<string, number>();
  readonly #lookups = new Map<string, Promise<Tenant | undefined>>();
  /** Announced and not read yet. */
  #announced = new Set<string>();
  #reading = false;
  #client: pg.Client | undefined;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #loaded = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** True after the first complete read. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** Resolves when all rows are known and changes are followed. @throws when the database cannot be reached the first time. */
  async start(): Promise<void> {
    await this.#connect();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => {});
  }

  /** All that are known. */
  all(): readonly Tenant[] {
    return [...this.#byId.values()];
  }

  byId(tenantId: string): Tenant | undefined {
    return this.#byId.get(tenantId);
  }

  /** The tenant whose rows this role reads and writes. */
  ofRole(appRole: string): Tenant | undefined {
    for (const tenant of this.#byId.values()) if (tenant.appRole === appRole) return tenant;
    return undefined;
  }

  /** What is known without asking. */
  known(organizationId: string): Tenant | undefined {
    return this.#byOrganization.get(organizationId);
  }

  /** The tenant of an organization id; asks the database once when it is new here. @throws DatabaseAway when that cannot be. */
  async find(organizationId: string): Promise<Tenant | undefined> {
    const known = this.#byOrganization.get(organizationId);
    if (known) return known;
    if ((this.#unknown.get(organizationId) ?? 0) > Date.now()) return undefined;
    const running = this.#lookups.get(organizationId);
    if (running) return running;
    const lookup = this.#lookUp(organizationId).finally(() => this.#lookups.delete(organizationId));
    this.#lookups.set(organizationId, lookup);
    return lookup;
  }

  async #lookUp(organizationId: string): Promise<Tenant | undefined> {
    const result = this.#client?.query<Tenant>(`select ${COLUMNS} from tenantry.tenants where organization_id = $1`, [organizationId]);
    const tenant = (await result?.catch(unlessServersWord))?.rows[0];
    if (tenant) this.#put(tenant);
    else {
      if (this.#unknown.size > 1000) this.#unknown.clear();
      this.#unknown.set(organizationId, Date.now() + UNKNOWN_FOR_MS);
    }
    return tenant;
  }

  async #connect(): Promise<void> {
    // Look-ups, followers and reloads may meet: each is sent behind the one before without waiting for it.
    const client = new pg.Client({ ...this.#options.connection, pipeline: true } as pg.ClientConfig);
    client.on('error', () => {});
    client.on('notification', ({ channel, payload }) => {
      const follower = this.#options.followers?.find((each) => each.channel === channel);
      if (follower) void this.#follow(client, follower);
      else if (payload) {
        this.#announced.add(payload);
        void this.#refresh(client);
      }
    });
    try {
      await client.connect();
      this.#client = client;
      // Listen first: a change between the two would otherwise be missed.
      await client.query('listen tenantry_tenants');
      for (const { channel } of this.#options.followers ?? []) await client.query(`listen ${channel}`);
      await this.#reload(client);
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    client.once('end', () => void this.#reconnect());
    this.#scheduleReload(client);
  }

  async #reload(client: pg.Client): Promise<void> {
    const { rows } = await client.query<Tenant>(`select ${COLUMNS} from tenantry.tenants`);
    const ids = new Set(rows.map(({ tenantId }) => tenantId));
    for (const tenant of rows) this.#put(tenant);
    for (const id of [...this.#byId.keys()]) if (!ids.has(id)) this.#drop(id);
    for (const follower of this.#options.followers ?? []) await this.#follow(client, follower);
    this.#loaded = true;
    this.#tell(true);
  }

  async #follow(client: pg.Client, follower: Follower): Promise<void> {
    try {
      await follower.read(async (sql) => (await client.query<Record<string, unknown>>(sql)).rows);
    } catch (error) {
      // What was known stays; a cell that is not migrated yet has nothing to follow.
      this.#options.log.warn({ err: error, channel: follower.channel }, 'a followed table could not be read');
    }
  }

  /** A look at what is due in the cell, over the same connection. Nothing while the database is away. */
  async query(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.#client?.query<Record<string, unknown>>(sql))?.rows ?? [];
  }

  #scheduleReload(client: pg.Client): void {
    this.#timer = setTimeout(() => {
      this.#reload(client).then(
        () => this.#scheduleReload(client),
        () => void client.end().catch(() => {}),
      );
    }, RELOAD_MS).unref();
  }

  /** One query for all rows announced while the one before was under way: a class with 500 tenants changes them in one statement. */
  async #refresh(client: pg.Client): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    while (this.#announced.size > 0) {
      const ids = [...this.#announced];
      this.#announced = new Set();
      try {
        const { rows } = await client.query<Tenant>(`select ${COLUMNS} from tenantry.tenants where tenant_id = any($1::uuid[])`, [ids]);
        const found = new Set(rows.map(({ tenantId }) => tenantId));
        for (const tenant of rows) this.#put(tenant);
        for (const id of ids) if (!found.has(id)) this.#drop(id);
        this.#tell(true);
      } catch (error) {
        // The next reload sees what this one did not.
        this.#options.log.warn({ err: error, tenants: ids.length }, 'registry changes could not be read');
      }
    }
    this.#reading = false;
  }

  async #reconnect(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#tell(false);
    this.#options.log.warn('the registry connection ended; reconnecting');
    for (let waitMs = RECONNECT_MS.first; !this.#stopped; waitMs = Math.min(waitMs * 2, RECONNECT_MS.most)) {
      await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + Math.random())));
      if (this.#stopped) return;
      try {
        await this.#connect();
        this.#options.log.info('the registry is followed again');
        return;
      } catch (error) {
        this.#options.log.debug({ err: error }, 'the registry cannot be reached yet');
      }
    }
  }

  #put(tenant: Tenant): void {
    const before = this.#byId.get(tenant.tenantId);
    if (before?.organizationId && before.organizationId !== tenant.organizationId) this.#byOrganization.delete(before.organizationId);
    this.#byId.set(tenant.tenantId, tenant);
    if (tenant.organizationId) {
      this.#byOrganization.set(tenant.organizationId, tenant);
      this.#unknown.delete(tenant.organizationId);
    }
  }

  #drop(tenantId: string): void {
    const tenant = this.#byId.get(tenantId);
    this.#byId.delete(tenantId);
    if (tenant?.organizationId) this.#byOrganization.delete(tenant.organizationId);
  }

  #tell(connected: boolean): void {
    this.#options.onChange?.({ tenants: this.#byId.size, connected });
  }
}

/** A connection that broke says so without an SQLSTATE. */
function unlessServersWord(error: unknown): never {
  if (sqlState(error) !== undefined) throw error;
  throw new DatabaseAway('the registry cannot be asked at the moment', { cause: error });
}
