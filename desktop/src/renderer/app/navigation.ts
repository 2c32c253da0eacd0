import type { LinkProps } from '@tanstack/react-router';
import type { OperationId } from '@tenantry/contracts';
import type { LucideIcon } from 'lucide-react';

/** An entry of the navigation on the left. */
export interface NavigationItem {
  readonly to: NonNullable<LinkProps['to']>;
  /** Key of the view's own words, e.g. `navigation.customers`. */
  readonly labelKey: string;
  readonly icon: LucideIcon;
  /** The entry is there only for people who may call this operation. */
  readonly operation?: OperationId;
  /** Keys after `g`, e.g. `c` for customers. */
  readonly shortcut?: string;
}
