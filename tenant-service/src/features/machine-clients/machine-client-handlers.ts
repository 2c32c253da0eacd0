import type { MachineClientWithSecret } from '@tenantry/contracts';
import type { Handlers } from '../../http/handlers.ts';
import type { Call } from '../../http/pipeline.ts';
import { type Answer, idempotencyKeyOf, storedAnswer } from '../../journal/idempotency-keys.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Author } from './machine-client-repository.ts';
import type { MachineClientService } from './machine-client-service.ts';

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;

type MachineClientOperations = 'listMachineClients' | 'createMachineClient' | 'rotateMachineClient' | 'deleteMachineClient';

/** The machine client operations. */
export function machineClientHandlers(parts: {
  readonly machineClients: MachineClientService;
  readonly door: Door;
}): Handlers<MachineClientOperations> {
  const { machineClients, door } = parts;
  return {
    listMachineClients: async ({ tenant }) => {
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ items: await machineClients.list(tenant) }) };
    },

    createMachineClient: async (call) => {
      const key = idempotencyKeyOf('createMachineClient', call);
      const stored = key === undefined ? undefined : await storedAnswer(door, call.tenant, key);
      return stored ?? machineClients.create(call.tenant, call.body, authorOf(call), key, created);
    },

    rotateMachineClient: async (call) => {
      const key = idempotencyKeyOf('rotateMachineClient', call);
      const stored = key === undefined ? undefined : await storedAnswer(door, call.tenant, key);
      const { tenant, params, body } = call;
      return stored ?? machineClients.rotate(tenant, params.id.toLowerCase(), body.overlapSeconds, authorOf(call), key, rotated);
    },

    deleteMachineClient: async (call) => {
      await machineClients.remove(call.tenant, call.params.id, authorOf(call));
      return { status: 204, headers: {} };
    },
  };
}

function rotated(made: MachineClientWithSecret): Answer & { readonly body: string } {
  return { status: 201, headers: JSON_TYPE, body: JSON.stringify(made) };
}

function created(made: MachineClientWithSecret): Answer & { readonly body: string } {
  const headers = { ...JSON_TYPE, location: `/v1/machine-clients/${made.machineClient.id}` };
  return { status: 201, headers, body: JSON.stringify(made) };
}

const authorOf = ({ actor, trace }: Pick<Call, 'actor' | 'trace'>): Author => ({ actor: actor.subject, traceId: trace.traceId });
