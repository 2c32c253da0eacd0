import type { Tenant } from '@tenantry/contracts';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What the operator counts beside the controller's own metrics. Labels have few values: never a tenant. */
export class OperatorMetrics {
  /** Changes made outside this process, by store: at rest it stands still. */
  readonly effects: Counter<'store'>;
  readonly driftsSeen: Counter<never>;
  readonly driftLookSeconds: Histogram<'store'>;

  readonly #registers: Registry[];

  constructor(registry: Registry) {
    const registers = [registry];
    this.#registers = registers;
    this.effects = new Counter({
      name: 'tenantry_operator_effects_total',
      help: 'Changes made outside the operator, by store',
      labelNames: ['store'],
      registers,
    });
    this.driftsSeen = new Counter({
      name: 'tenantry_operator_drift_signals_total',
      help: 'Tenants looked at again because a bulk look showed a change',
      registers,
    });
    this.driftLookSeconds = new Histogram({
      name: 'tenantry_operator_drift_look_seconds',
      help: 'Duration of one bulk look at everything of all tenants in a store',
      labelNames: ['store'],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
  }

  /** Age of the oldest credentials in use, and how many tenants have two generations of them; asked like the above. */
  countCredentials(tenants: () => readonly Tenant[], now: () => number = Date.now): void {
    const oldest: Gauge<never> = new Gauge({
      name: 'tenantry_operator_oldest_credentials_seconds',
      help: 'Age of the credentials that were rotated longest ago, of any tenant',
      registers: this.#registers,
      collect: () => {
        const begun = tenants().flatMap(({ status }) => Date.parse(status?.credentials?.rotatedAt ?? '') || []);
        oldest.set(begun.length === 0 ? 0 : Math.max(0, now() - Math.min(...begun)) / 1000);
      },
    });
    const overlapping: Gauge<never> = new Gauge({
      name: 'tenantry_operator_credential_overlaps',
      help: 'Tenants whose previous credentials still work',
      registers: this.#registers,
      collect: () => {
        overlapping.set(tenants().filter(({ status }) => status?.credentials?.overlapUntil !== undefined).length);
      },
    });
  }

  /** Partitions of the cell's tenants and how many there may be. Kafka away: the last number stays. */
  countPartitions(partitions: { readonly used: () => Promise<number>; readonly budget: number }): void {
    const used: Gauge<never> = new Gauge({
      name: 'tenantry_operator_partitions',
      help: 'Partitions of the topics of this cell’s tenants, copies not counted; only with a budget',
      registers: this.#registers,
      collect: async () => {
        const now = await partitions.used().catch(() => undefined);
        if (now !== undefined) used.set(now);
      },
    });
    const budget: Gauge<never> = new Gauge({
      name: 'tenantry_operator_partition_budget',
      help: 'Most partitions that this cell’s tenants may have together',
      registers: this.#registers,
    });
    budget.set(partitions.budget);
  }

  /** How many tenants are Ready, are not, or were not looked at yet; counted when somebody asks. */
  countTenants(tenants: () => readonly Tenant[]): void {
    const gauge: Gauge<'ready'> = new Gauge({
      name: 'tenantry_operator_tenants',
      help: 'Tenants of this operator by their condition Ready',
      labelNames: ['ready'],
      registers: this.#registers,
      collect: () => {
        const counts = { True: 0, False: 0, Unknown: 0 };
        for (const { status } of tenants()) counts[status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown'] += 1;
        for (const [ready, count] of Object.entries(counts)) gauge.set({ ready }, count);
      },
    });
  }
}
