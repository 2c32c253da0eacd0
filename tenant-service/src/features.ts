import type { operations } from '@tenantry/contracts';
import { customerHandlers } from './features/customers/customer-handlers.ts';
import type { Cursors } from './http/cursor.ts';
import type { Handler } from './http/pipeline.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Door } from './tenancy/doors.ts';
import type { ModelDoor } from './tenancy/model-door.ts';

type Operations = typeof operations;

/** What handlers are made from. A feature names the parts it needs. */
export interface FeatureParts {
  readonly door: Door;
  /** For management paths: interactive transactions with models. */
  readonly modelDoor: ModelDoor;
  readonly cursors: Cursors;
  readonly metrics: Metrics;
}

/** The handlers of one feature. */
export type Handlers<Id extends keyof Operations> = { readonly [Each in Id]: Handler<Operations[Each]> };

/** One handler per operation: a missing one does not compile. */
export function featureHandlers(parts: FeatureParts): Handlers<keyof Operations> {
  return { ...customerHandlers(parts) };
}
