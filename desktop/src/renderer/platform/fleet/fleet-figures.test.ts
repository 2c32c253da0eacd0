import { expect, it } from 'vitest';
import type { TenantPhase, TenantRow } from '../../../platform/platform-view-questions.ts';
import { fleetFigures } from './fleet-figures.ts';

const row = (phase: TenantPhase, cell: string | undefined, schemaVersion: number | undefined) =>
  ({ phase, cell, schemaVersion }) as TenantRow;

it('counts a fleet by phase, by cell with what needs a person, and by schema version, newest first', () => {
  const rows = [
    row('Ready', 'north', 16),
    row('Stalled', 'north', 15),
    row('Suspended', 'north', 16),
    row('Changing', 'east', 15),
    row('Ready', 'east', 15),
    row('Provisioning', undefined, undefined),
  ];
  expect(fleetFigures(rows)).toEqual({
    total: 6,
    phases: [
      { phase: 'Ready', tenants: 2 },
      { phase: 'Suspended', tenants: 1 },
      { phase: 'Provisioning', tenants: 1 },
      { phase: 'Changing', tenants: 1 },
      { phase: 'Stalled', tenants: 1 },
    ],
    cells: [
      { name: 'east', total: 2, well: 1, troubled: 0 },
      { name: 'north', total: 3, well: 2, troubled: 1 },
    ],
    versions: [
      { version: 16, tenants: 2 },
      { version: 15, tenants: 3 },
    ],
  });
});

it('has nothing to say of a fleet without tenants', () => {
  expect(fleetFigures([])).toEqual({ total: 0, phases: [], cells: [], versions: [] });
});
