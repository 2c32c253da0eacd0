import type { DriftItem } from '@tenantry/contracts';
import { driftItem, SECRET } from './drift-item.ts';
import type { QueueChange } from './queues-plan.ts';

/** What a change in the tenant's vhost puts right, field by field. */
export function queuesDifferences(vhost: string): (change: QueueChange) => readonly DriftItem[] {
  const of = (what: string): string => `rabbitmq/${vhost}${what}`;
  return (change) => {
    switch (change.kind) {
      case 'create-vhost':
        return [driftItem(of(''), 'exists', 'yes', 'no')];
      case 'delete-vhost':
        return [driftItem(of(''), 'exists', 'no', 'yes')];
      case 'limit':
        return [driftItem(of(''), change.name, String(change.value), 'different')];
      case 'close-connection':
        return [driftItem(of(''), 'connections', 'none', change.name)];
      case 'policy':
        return [driftItem(of(`/queue/${change.policy.name}`), 'settings', JSON.stringify(change.policy.definition), 'different')];
      case 'delete-policy':
        return [driftItem(of(`/policy/${change.name}`), 'exists', 'no', 'yes')];
      case 'declare':
        return [driftItem(of(`/queue/${change.queue.name}`), 'exists', 'yes', 'no')];
      case 'delete-queue':
        return [driftItem(of(`/queue/${change.name}`), 'exists', 'no', 'yes')];
      case 'login':
        return [driftItem(`rabbitmq/user/${change.user}`, 'password', SECRET, SECRET)];
      case 'delete-login':
        return [driftItem(`rabbitmq/user/${change.user}`, 'exists', 'no', 'yes')];
      case 'rights':
        return [driftItem(`rabbitmq/user/${change.rights.user}`, `rights in ${vhost}`, 'publish and consume', 'different')];
      case 'delete-rights':
        return [driftItem(`rabbitmq/user/${change.user}`, `rights in ${vhost}`, 'none', 'some')];
    }
  };
}
