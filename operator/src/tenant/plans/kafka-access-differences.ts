import type { DriftItem } from '@tenantry/contracts';
import { driftItem, SECRET } from './drift-item.ts';
import type { KafkaAccessChange } from './kafka-access-plan.ts';

/** What a change of a Kafka user's rights puts right: every right for itself. */
export function kafkaAccessDifferences(change: KafkaAccessChange): readonly DriftItem[] {
  if (change.kind === 'end-login') return [driftItem(`kafka/user/${change.user}`, 'exists', 'no', 'yes')];
  if (change.kind === 'quotas') {
    const fields = [
      ...Object.entries(change.set).map(([key, value]) => [key, String(value)] as const),
      ...change.remove.map((key) => [key, 'none'] as const),
    ];
    return fields.map(([key, want]) => driftItem(`kafka/user/${change.user}`, `quota ${key}`, want, 'different'));
  }
  if (!('entries' in change)) return [driftItem(`kafka/user/${change.user}`, 'password', SECRET, SECRET)];
  const [want, have] = change.kind === 'allow' ? ['allowed', 'not allowed'] : ['not allowed', 'allowed'];
  return change.entries.map(({ user, operation, resource, name, pattern }) =>
    driftItem(`kafka/user/${user}`, `${operation} on ${resource} ${name}${pattern === 'prefixed' ? '*' : ''}`, want, have),
  );
}
