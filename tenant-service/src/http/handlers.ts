import type { operations } from '@tenantry/contracts';
import type { Handler } from './pipeline.ts';

type Operations = typeof operations;

/** The handlers of some operations, by id. */
export type Handlers<Id extends keyof Operations> = { readonly [Each in Id]: Handler<Operations[Each]> };
