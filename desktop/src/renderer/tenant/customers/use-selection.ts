import type { CustomerListItem } from '@tenantry/contracts';
import { useState } from 'react';

/** Customers that were chosen one by one, or all that pass the filters, whether they were loaded or not. */
export interface Selection {
  readonly rows: ReadonlyMap<string, CustomerListItem>;
  readonly everything: boolean;
  readonly has: (id: string) => boolean;
  readonly toggle: (row: CustomerListItem) => void;
  readonly toggleLoaded: (rows: readonly CustomerListItem[]) => void;
  readonly takeEverything: () => void;
  readonly keep: (rows: readonly CustomerListItem[]) => void;
  readonly clear: () => void;
  readonly count: (loaded: number) => number;
  readonly state: (loaded: number) => 'none' | 'some' | 'all';
}

interface Chosen {
  readonly of: string;
  readonly rows: ReadonlyMap<string, CustomerListItem>;
  readonly everything: boolean;
}

/** @param of what the selection was made in: another list begins without one */
export function useSelection(of: string): Selection {
  const [stored, setChosen] = useState<Chosen>({ of, rows: new Map(), everything: false });
  const chosen = stored.of === of ? stored : { of, rows: new Map<string, CustomerListItem>(), everything: false };
  const { rows, everything } = chosen;
  const set = (next: readonly CustomerListItem[], all = false) =>
    setChosen({ of, rows: new Map(next.map((row) => [row.id, row])), everything: all });
  return {
    rows,
    everything,
    has: (id) => everything || rows.has(id),
    toggle: (row) => set(rows.has(row.id) ? [...rows.values()].filter(({ id }) => id !== row.id) : [...rows.values(), row]),
    toggleLoaded: (loaded) => set(everything || rows.size >= loaded.length ? [] : loaded),
    takeEverything: () => set([...rows.values()], true),
    keep: (failed) => set(failed),
    clear: () => set([]),
    count: (loaded) => (everything ? Math.max(loaded, rows.size) : rows.size),
    state: (loaded) => (everything || (rows.size > 0 && rows.size >= loaded) ? 'all' : rows.size > 0 ? 'some' : 'none'),
  };
}
