import { Counter, type Registry } from 'prom-client';

/** What the operator counts beside the controller's own metrics. Labels have few values: never a tenant. */
export class OperatorMetrics {
  /** Changes made outside this process, by store: at rest it stands still. */
  readonly effects: Counter<'store'>;
  readonly driftsSeen: Counter<never>;

  constructor(registry: Registry) {
    const registers = [registry];
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
}
