import type { Cursors } from '../../http/cursor.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { Call } from '../../http/pipeline.ts';
import { idempotencyKeyOf, storedAnswer } from '../../journal/idempotency-keys.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Author } from './user-repository.ts';
import { userAnswer } from './user-row.ts';
import { orderOf, type UserService } from './user-service.ts';

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;

type UserOperations = 'listUsers' | 'getUser' | 'inviteUser' | 'remindUser' | 'updateUser' | 'removeUser';

/** The member operations. */
export function userHandlers(parts: {
  readonly users: UserService;
  readonly door: Door;
  readonly cursors: Cursors;
}): Handlers<UserOperations> {
  const { users, door, cursors } = parts;
  return {
    listUsers: async ({ tenant, query }) => {
      const { limit, cursor } = query;
      const scope = { tenantId: tenant.tenantId, operationId: 'listUsers', query: '' };
      const after = cursor === undefined ? '' : cursors.decode(scope, cursor);
      const rest = (await users.list(tenant)).filter((user) => orderOf(user) > after);
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      const next = last !== undefined && rest.length > limit ? cursors.encode(scope, orderOf(last)) : null;
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ items, page: { next, limit } }) };
    },

    getUser: async ({ tenant, params }) => userAnswer(await users.get(tenant, params.id)),

    inviteUser: async (call) => {
      const key = idempotencyKeyOf('inviteUser', call);
      const stored = key === undefined ? undefined : await storedAnswer(door, call.tenant, key);
      return stored ?? users.invite(call.tenant, call.body, authorOf(call), key);
    },

    remindUser: async (call) => {
      const key = idempotencyKeyOf('remindUser', call);
      const stored = key === undefined ? undefined : await storedAnswer(door, call.tenant, key);
      return stored ?? users.remind(call.tenant, call.params.id, key);
    },

    updateUser: async (call) => userAnswer(await users.change(call.tenant, call.params.id, call.ifMatch, call.body, authorOf(call))),

    removeUser: async (call) => {
      await users.remove(call.tenant, call.params.id, call.ifMatch, authorOf(call));
      return { status: 204, headers: {} };
    },
  };
}

const authorOf = ({ actor, trace }: Pick<Call, 'actor' | 'trace'>): Author => ({ actor: actor.subject, traceId: trace.traceId });
