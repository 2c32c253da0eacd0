import type { Tenant } from '@tenantry/contracts';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What the operator counts beside the controller's own metrics. Labels have few values: never a tenant. */
export class OperatorMetrics {
  /** Changes made outside this process, by store: at rest it stands still. */
  readonly effects: Counter<'store'>;
  readonly driftsSeen: Counter<never>;

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
