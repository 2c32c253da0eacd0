import type { RegistryState } from '../postgres/port.ts';

/** How much a tenant may do in a state; Provisioning is not open yet, so leaving it is no restriction. */
const FREEDOM: Readonly<Record<RegistryState, number>> = { Closed: 0, Provisioning: 0, Suspended: 1, ReadOnly: 2, Active: 3 };

/** True when `to` lets a tenant do less than `from`. */
export function isRestriction(from: RegistryState, to: RegistryState): boolean {
  return FREEDOM[to] < FREEDOM[from];
}
