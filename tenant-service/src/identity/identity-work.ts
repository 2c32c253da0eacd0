import type { Log } from '../telemetry/log.ts';
import type { Tenant } from '../tenancy/tenant.ts';

const LOOK_MS = 10_000;
const AT_ONCE = 50;
const DUE = `select writer::text as writer, kind, id::text as id from tenantry.identity_work where due_at < now() order by due_at limit ${AT_ONCE}`;

/** Finishes what a row still wants; does nothing when somebody else is at it. */
type Finish = (tenant: Tenant, id: string) => Promise<void>;

interface IdentityWorkParts {
  /** A look at the cell. */
  readonly query: (sql: string) => Promise<Record<string, unknown>[]>;
  readonly tenantOfRole: (appRole: string) => Tenant | undefined;
  readonly finish: Readonly<Record<'user' | 'machine-client', Finish>>;
  readonly log: Log;
  readonly onFailure?: (kind: 'user' | 'machine-client') => void;
  readonly lookMs?: number;
}

/**
 * Does what is left to do about members and machine clients: what a process that died had begun, what the identity provider was away for, secrets
 * whose overlap has ended. Every pooled replica looks; the row of each piece of work decides which one does it.
 */
export class IdentityWork {
  readonly #parts: IdentityWorkParts;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;

  constructor(parts: IdentityWorkParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.look(), parts.lookMs ?? LOOK_MS).unref();
  }

  /** One look; the one under way when there is one. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { query, tenantOfRole, finish, log } = this.#parts;
    const due = await query(DUE).catch((error: unknown) => {
      log.debug({ err: error }, 'identity work cannot be looked at');
      return [];
    });
    for (const { writer, kind, id } of due as { writer: string; kind: 'user' | 'machine-client'; id: string }[]) {
      const tenant = tenantOfRole(writer);
      // A tenant that may not write keeps its work for when it may.
      if (tenant?.state !== 'Active') continue;
      try {
        await finish[kind](tenant, id);
      } catch (error) {
        this.#parts.onFailure?.(kind);
        log.warn({ err: error, tenantId: tenant.tenantId, kind }, 'identity work could not be done and will be tried again');
      }
    }
  }
}
