import { OneTimeStatement } from '../postgres/one-time-statement.ts';
import type { Log } from '../telemetry/log.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { Actor } from './actor.ts';

const FLUSH_MS = 30_000;
/** Subjects remembered between two flushes; beyond that the next token of one tells again. */
const SUBJECTS_MAX = 50_000;

/** $1 subjects · $2 times. A row that is a minute old at most is not written again. Not kept by the server: it would push out what requests ask. */
const SEEN = new OneTimeStatement(
  `
insert into {schema}.last_seen as known (subject, seen_at)
select subject, seen_at from unnest($1::text[], $2::timestamptz[]) as seen (subject, seen_at) order by subject
on conflict (subject) do update set seen_at = excluded.seen_at where known.seen_at < excluded.seen_at - interval '1 minute'`,
);

interface LastSeenParts {
  readonly door: Door;
  readonly tenantOf: (organizationId: string) => Tenant | undefined;
  readonly log: Log;
  readonly flushMs?: number;
}

/**
 * When each subject was last seen, to within a token's life: noted when a token is verified, which happens once per token and replica, and
 * written in one statement a tenant every 30 s. No request waits for it or pays for it.
 */
export class LastSeen {
  readonly #parts: LastSeenParts;
  readonly #timer: NodeJS.Timeout;
  /** Organization → subject → when. */
  #seen = new Map<string, Map<string, Date>>();
  #subjects = 0;

  constructor(parts: LastSeenParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.flush(), parts.flushMs ?? FLUSH_MS).unref();
  }

  note({ organizationId, subject }: Pick<Actor, 'organizationId' | 'subject'>): void {
    let subjects = this.#seen.get(organizationId);
    if (subjects === undefined) {
      subjects = new Map();
      this.#seen.set(organizationId, subjects);
    }
    if (!subjects.has(subject)) {
      if (this.#subjects >= SUBJECTS_MAX) return;
      this.#subjects += 1;
    }
    subjects.set(subject, new Date());
  }

  /** Writes what was noted. What cannot be written now (the database is away, the tenant is read-only) is forgotten: the next token tells again. */
  async flush(): Promise<void> {
    const seen = this.#seen;
    this.#seen = new Map();
    this.#subjects = 0;
    for (const [organizationId, subjects] of seen) {
      const tenant = this.#parts.tenantOf(organizationId);
      if (tenant?.state !== 'Active') continue;
      try {
        await this.#parts.door.write(tenant, (tx) => {
          tx.changes([]);
          return tx.run(SEEN, [[...subjects.keys()], [...subjects.values()]]);
        });
      } catch (error) {
        this.#parts.log.debug({ err: error, tenantId: tenant.tenantId }, 'last seen could not be written');
      }
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }
}
