import type { operations } from '@tenantry/contracts';
import { Late } from '../late.ts';
import type { Handlers } from './handlers.ts';
import type { Handler } from './pipeline.ts';

/** Handlers of operations that are rare and need much: what they are made of is loaded with the first call of one of them. */
export function lateHandlers<Id extends keyof typeof operations>(ids: readonly Id[], load: () => Promise<Handlers<Id>>): Handlers<Id> {
  const handlers = new Late(load);
  const handler = (id: Id) => async (call: never) => {
    const loaded = (await handlers.get()) as Readonly<Record<Id, Handler>>;
    return loaded[id](call);
  };
  return Object.fromEntries(ids.map((id) => [id, handler(id)])) as unknown as Handlers<Id>;
}
