import { BEGINNING, type OutboxEvent, type Position, type WaitingTenant } from './outbox.ts';

/** A tenant that is being served: from its first event on, until a claim finds no more behind its position. */
export interface Lane {
  readonly tenant: WaitingTenant;
  readonly since: number;
  position: Position;
  /** Its topic did not take what was sent: what was claimed behind that stays where it is. */
  failed: boolean;
}

/** What one claim found. */
export interface Page {
  readonly events: readonly (readonly [lane: Lane, event: OutboxEvent])[];
  /** Lanes that begin anew once the events of this page are gone. */
  readonly ended: readonly Lane[];
}

/** A lane begins anew after this long: events of aggregates it has passed wait for that. */
const LANE_MS = 2000;

/**
 * The tenants being served, in turns. A lane reads on behind its position while what it claimed before is still being published, and ends only
 * when nothing of it is under way: so no event is claimed twice, and none is sent before an earlier one of its aggregate.
 */
export class Lanes {
  readonly #open = new Map<string, Lane>();
  readonly #ending = new Map<string, Lane>();

  clear(): void {
    this.#open.clear();
    this.#ending.clear();
  }

  /** Whose events may not be claimed from the beginning. */
  get writers(): string[] {
    return [...this.#open.keys(), ...this.#ending.keys()];
  }

  get open(): Lane[] {
    return [...this.#open.values()];
  }

  begin(tenants: readonly WaitingTenant[], now: number): void {
    for (const tenant of tenants) this.#open.set(tenant.writer, { tenant, since: now, position: BEGINNING, failed: false });
  }

  /** Takes note of what a claim found for `lanes`, with the limits it had. */
  advance(
    lanes: readonly Lane[],
    found: readonly (readonly OutboxEvent[])[],
    limits: { readonly each: number; readonly most: number },
    now: number,
  ): Page {
    const events = lanes.flatMap((lane, at) => (found[at] ?? []).map((event) => [lane, event] as const));
    // A claim that came to its limit did not look at the lanes behind, and perhaps not at all of the last one.
    const isCutOff = events.length === limits.most;
    const last = found.findLastIndex((some) => some.length > 0);
    const ended: Lane[] = [];
    for (const [at, lane] of lanes.entries()) {
      if (isCutOff && at > last) break;
      const own = found[at] ?? [];
      lane.position = own.at(-1) ?? lane.position;
      const hasMore = own.length === limits.each || (isCutOff && at === last);
      this.#open.delete(lane.tenant.writer);
      // To the end: the next claim begins with the others.
      if (hasMore && now - lane.since < LANE_MS) this.#open.set(lane.tenant.writer, lane);
      else {
        this.#ending.set(lane.tenant.writer, lane);
        ended.push(lane);
      }
    }
    return { events, ended };
  }

  /** Nothing of these is under way any more. */
  release(lanes: readonly Lane[]): void {
    for (const lane of lanes) if (this.#ending.get(lane.tenant.writer) === lane) this.#ending.delete(lane.tenant.writer);
  }

  /** What of it is still to be published stays in the outbox, and is claimed again from the beginning. */
  fail(lane: Lane): void {
    lane.failed = true;
    for (const lanes of [this.#open, this.#ending]) if (lanes.get(lane.tenant.writer) === lane) lanes.delete(lane.tenant.writer);
  }
}
