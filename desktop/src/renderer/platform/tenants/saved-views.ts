import { z } from 'zod';
import { TenantFilter } from './tenant-filter.ts';

/** A filter with a name, kept on this machine. */
const SavedView = z.object({ name: z.string().min(1).max(60), filter: TenantFilter });
export type SavedView = z.infer<typeof SavedView>;

const KEY = 'tenantry.platform.tenant-views';

/** What was kept; of a damaged entry nothing. */
export function readViews(storage: Pick<Storage, 'getItem'>): readonly SavedView[] {
  try {
    return z.array(SavedView).parse(JSON.parse(storage.getItem(KEY) ?? '[]'));
  } catch {
    return [];
  }
}

/** Keeps them. */
export function writeViews(storage: Pick<Storage, 'setItem'>, views: readonly SavedView[]): void {
  storage.setItem(KEY, JSON.stringify(views));
}

/** With this view, in the place of one of the same name. Pure. */
export function withView(views: readonly SavedView[], view: SavedView): readonly SavedView[] {
  return [...views.filter(({ name }) => name !== view.name), view].sort((a, b) => a.name.localeCompare(b.name));
}
