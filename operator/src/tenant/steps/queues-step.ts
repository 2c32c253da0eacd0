import { type Tenant, tenantKeys } from '@tenantry/contracts';
import type { QueueAdministration } from '../../rabbitmq/port.ts';
import { converge } from '../converge.ts';
import { queuesDifferences } from '../plans/queues-differences.ts';
import { describeQueueChange, type FoundQueues, keptQueues, type QueueChange, queuesPlan, type WantedVhost } from '../plans/queues-plan.ts';
import type { Outcome, Step } from '../step.ts';
import type { TenantPass } from '../tenant-pass.ts';

/** How often to see whether a queue that was taken from the list has been emptied. */
const LOOK_AGAIN_MS = 60_000;

/** RabbitMQ shows a connection up to five seconds after it was opened: those who came just before the suspension are closed then. */
const CONNECTIONS_SHOWN_MS = 6000;

/** The tenant's queues in a RabbitMQ vhost of its own, and its login there; nothing for a tenant that names none. */
export const queuesStep: Step = {
  name: 'queues',
  condition: 'QueuesReady',
  run: async (pass) => {
    const { queues: broker } = pass.ports;
    const wanted = wantedVhost(pass);
    const needed = wanted.queues.length > 0;
    if (broker === undefined && needed)
      return {
        kind: 'blocked',
        reason: 'NotOffered',
        message: `Cell ${pass.place.cell.name} has no RabbitMQ; take spec.messaging.queues away, or give the cell one.`,
      };
    if (broker === undefined || (!needed && hasNoQueues(pass.tenant))) return NOT_NEEDED;
    let found: FoundQueues = { vhost: undefined, logins: [], connections: [] };
    let looked = false;
    try {
      const outcome = await converge(pass, {
        look: async () => {
          found = await look(broker, wanted);
          looked = true;
          pass.seen.vhost = found.vhost === undefined ? null : wanted.vhost;
          return queuesPlan(wanted, found);
        },
        apply: async (changes) => {
          for (const change of changes) await apply(broker, wanted, change);
        },
        describe: describeQueueChange,
        differences: queuesDifferences(wanted.vhost),
        done: () => doneMessage(wanted, found),
      });
      if (outcome.kind !== 'done') return outcome;
      if (!needed && found.vhost === undefined) return { ...NOT_NEEDED, ...(outcome.changed && { changed: outcome.changed }) };
      if (keptQueues(wanted, found.vhost).length > 0) return { ...outcome, lookAgainAfterMs: LOOK_AGAIN_MS };
      return wanted.isSuspended && outcome.changed !== undefined ? { ...outcome, lookAgainAfterMs: CONNECTIONS_SHOWN_MS } : outcome;
    } catch (error) {
      // Whoever needs no queues does not wait for RabbitMQ. What an earlier tenant of this data left there, the purge finds.
      if (!looked && !needed && pass.tenant.status?.messaging?.vhost === undefined) return NOT_NEEDED;
      throw error;
    }
  },
};

const NOT_NEEDED: Outcome & { kind: 'not-needed' } = { kind: 'not-needed', message: 'The spec names no queues.' };

/** By the tenant's own status: nothing was there when it was last looked for, so a pass need not ask again. */
export function hasNoQueues({ spec, status }: Tenant): boolean {
  if (spec.messaging.queues.length > 0 || status?.messaging?.vhost !== undefined) return false;
  return status?.steps?.find(({ name }) => name === queuesStep.name)?.state === 'NotNeeded';
}

function wantedVhost({ tenant, tenantId, credentials, spec }: TenantPass): WantedVhost {
  const keys = tenantKeys(tenantId);
  return {
    vhost: keys.vhost,
    description: `tenant ${tenant.metadata.name}`,
    logins: credentials.generations.map((generation) => ({
      user: keys.queueUserOf(generation),
      credential: credentials.for('rabbitmq', generation),
    })),
    users: keys.queueUsers,
    queues: spec.queues,
    isSuspended: spec.state === 'Suspended',
  };
}

async function look(broker: QueueAdministration, { vhost, users, isSuspended }: WantedVhost): Promise<FoundQueues> {
  const [found, logins, connections] = await Promise.all([
    broker.vhost(vhost),
    broker.logins(users),
    isSuspended ? broker.connections(vhost) : [],
  ]);
  return { vhost: found, logins, connections };
}

async function apply(broker: QueueAdministration, { vhost, description }: WantedVhost, change: QueueChange): Promise<void> {
  switch (change.kind) {
    case 'create-vhost':
      return broker.createVhost(vhost, description);
    case 'delete-vhost':
      return broker.deleteVhost(vhost);
    case 'limit':
      return broker.putLimit(vhost, change.name, change.value);
    case 'close-connection':
      return broker.closeConnection(change.name);
    case 'policy':
      return broker.putPolicy(vhost, change.policy);
    case 'delete-policy':
      return broker.deletePolicy(vhost, change.name);
    case 'declare':
      return broker.declareQueue(vhost, change.queue);
    case 'delete-queue':
      await broker.deleteEmptyQueue(vhost, change.name);
      return;
    case 'login':
      return broker.putLogin(change.user, change.credential);
    case 'delete-login':
      return broker.deleteLogin(change.user);
    case 'rights':
      return broker.putRights(vhost, change.rights);
    case 'delete-rights':
      return broker.deleteRights(vhost, change.user);
  }
}

function doneMessage(wanted: WantedVhost, { vhost }: FoundQueues): string {
  const kept = keptQueues(wanted, vhost);
  const names = wanted.queues.map(({ name }) => name).join(', ');
  const wantedText = names === '' ? '' : `Vhost ${wanted.vhost} has ${names}${wanted.isSuspended ? ', and nobody may connect' : ''}. `;
  if (kept.length === 0) return wantedText.trim() || NOT_NEEDED.message;
  return `${wantedText}No longer in the spec, but with messages or consumers, and so kept until empty: ${kept.join(', ')}.`;
}
