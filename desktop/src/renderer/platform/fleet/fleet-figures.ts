import { TENANT_PHASES, type TenantPhase, type TenantRow } from '../../../platform/platform-view-questions.ts';

/** Tenants of one place or kind. */
export interface FleetShare {
  readonly name: string;
  readonly total: number;
  /** That are as their spec asks: served, or not served on purpose. */
  readonly well: number;
  /** That a person must look at. */
  readonly troubled: number;
}

export interface SchemaVersionShare {
  readonly version: number;
  readonly tenants: number;
}

/** The whole fleet in a few numbers. */
export interface FleetFigures {
  readonly total: number;
  /** In the order of a life; phases that no tenant is in are left out. */
  readonly phases: readonly { readonly phase: TenantPhase; readonly tenants: number }[];
  readonly cells: readonly FleetShare[];
  /** Newest first. A wave of migrations moves tenants from the second line to the first. */
  readonly versions: readonly SchemaVersionShare[];
}

const WELL: readonly TenantPhase[] = ['Ready', 'ReadOnly', 'Suspended', 'Paused'];
/** Phases that do not end by themselves. */
export const TROUBLED: readonly TenantPhase[] = ['Drifting', 'Failing', 'Unknown', 'Stalled'];

/** Pure, in one walk over the list. */
export function fleetFigures(rows: Iterable<TenantRow>): FleetFigures {
  const phases = new Map<TenantPhase, number>();
  const cells = new Map<string, { total: number; well: number; troubled: number }>();
  const versions = new Map<number, number>();
  let total = 0;
  for (const { phase, cell, schemaVersion } of rows) {
    total += 1;
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
    if (schemaVersion !== undefined) versions.set(schemaVersion, (versions.get(schemaVersion) ?? 0) + 1);
    if (cell === undefined) continue;
    const share = cells.get(cell) ?? { total: 0, well: 0, troubled: 0 };
    share.total += 1;
    if (WELL.includes(phase)) share.well += 1;
    if (TROUBLED.includes(phase)) share.troubled += 1;
    cells.set(cell, share);
  }
  return {
    total,
    phases: TENANT_PHASES.flatMap((phase) => {
      const tenants = phases.get(phase);
      return tenants === undefined ? [] : [{ phase, tenants }];
    }),
    cells: [...cells].map(([name, share]) => ({ name, ...share })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    versions: [...versions].map(([version, tenants]) => ({ version, tenants })).sort((a, b) => b.version - a.version),
  };
}
