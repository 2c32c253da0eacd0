import { Problem } from '../problem.ts';

/** In one process, of one tenant. A tenant that needs more has replicas, or webhooks. */
const STREAMS_OF_TENANT = 50;
const STREAMS_OF_USER = 5;

/** How many streams are open in this process, of whatever kind: a connection that stays costs the same. */
export class StreamSeats {
  readonly #onChange: (open: number) => void;
  /** Tenant → subject → streams. */
  readonly #taken = new Map<string, Map<string, number>>();
  #open = 0;
  #closed = false;

  constructor(onChange: (open: number) => void) {
    this.#onChange = onChange;
  }

  /** Gives one away; what is returned gives it back. @throws Problem too-many-requests, unavailable when this process is about to end. */
  take(tenantId: string, subject: string): () => void {
    if (this.#closed) throw new Problem('unavailable', 'This server is about to end.', { headers: { 'retry-after': '1' } });
    const ofTenant = this.#taken.get(tenantId) ?? new Map<string, number>();
    const own = ofTenant.get(subject) ?? 0;
    const all = [...ofTenant.values()].reduce((sum, count) => sum + count, 0);
    if (all >= STREAMS_OF_TENANT || own >= STREAMS_OF_USER) {
      const most = own >= STREAMS_OF_USER ? `You have ${STREAMS_OF_USER}` : `The tenant has ${STREAMS_OF_TENANT}`;
      throw new Problem('too-many-requests', `${most} streams open here.`, { headers: { 'retry-after': '10' } });
    }
    ofTenant.set(subject, own + 1);
    this.#taken.set(tenantId, ofTenant);
    this.#count(1);
    return () => {
      const left = (ofTenant.get(subject) ?? 1) - 1;
      if (left > 0) ofTenant.set(subject, left);
      else ofTenant.delete(subject);
      if (ofTenant.size === 0) this.#taken.delete(tenantId);
      this.#count(-1);
    };
  }

  /** From now on none is given. */
  close(): void {
    this.#closed = true;
  }

  #count(change: number): void {
    this.#open += change;
    this.#onChange(this.#open);
  }
}
