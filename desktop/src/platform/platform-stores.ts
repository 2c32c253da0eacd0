import type { TenantStores } from '@tenantry/contracts';
import type { ServicePlace } from './service-place.ts';

/** What the operator says about the stores of one tenant, or why it says nothing. */
export type StoresReading =
  /** There is no such Service. */
  | { readonly state: 'absent'; readonly place: ServicePlace }
  /** The person may not ask there: they lack the right, or there is nothing they could have been given it for. */
  | { readonly state: 'closed'; readonly place: ServicePlace }
  /** What answers there is an operator that does not know the question yet. */
  | { readonly state: 'older'; readonly place: ServicePlace }
  /** It is another operator's tenant, or one it has not heard of yet. */
  | { readonly state: 'unknown'; readonly place: ServicePlace }
  /** Nothing answers, or it has too much to do. */
  | { readonly state: 'away'; readonly place: ServicePlace; readonly why: string }
  | { readonly state: 'read'; readonly stores: TenantStores };
