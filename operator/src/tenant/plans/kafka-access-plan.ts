import type { TenantNames } from '@tenantry/contracts';
import type { AccessEntry } from '../../kafka/port.ts';
import type { Plan } from '../converge.ts';

export type KafkaAccessChange =
  | { readonly kind: 'allow'; readonly entries: readonly AccessEntry[] }
  | { readonly kind: 'revoke'; readonly entries: readonly AccessEntry[] }
  | { readonly kind: 'login'; readonly user: string };

/**
 * What a tenant's own Kafka user may do: read everything under its prefix, write its own topics but not `events` (only the relay writes
 * facts), and use consumer groups under its prefix. The prefix ends in a dot, so `acme.` never reaches `acme-two.…`.
 */
export function wantedAccess(names: TenantNames, topics: readonly string[]): AccessEntry[] {
  const user = names.kafkaUser;
  const prefixed = (resource: 'topic' | 'group', operation: string): AccessEntry => ({
    user,
    resource,
    name: names.kafkaPrefix,
    pattern: 'prefixed',
    operation,
  });
  return [
    prefixed('topic', 'READ'),
    prefixed('topic', 'DESCRIBE'),
    prefixed('group', 'READ'),
    prefixed('group', 'DESCRIBE'),
    ...topics
      .map((topic) => names.topic(topic))
      .filter((name) => name !== names.eventsTopic)
      .map((name): AccessEntry => ({ user, resource: 'topic', name, pattern: 'literal', operation: 'WRITE' })),
  ];
}

/** Entries to add and to take away (whatever else this principal was given), and the login when its mark is not the wanted one. */
export function kafkaAccessPlan(
  wanted: { readonly user: string; readonly entries: readonly AccessEntry[]; readonly mark: number },
  found: { readonly entries: readonly AccessEntry[]; readonly mark: number | undefined },
): Plan<KafkaAccessChange> {
  const wantedKeys = new Set(wanted.entries.map(accessKey));
  const foundKeys = new Set(found.entries.map(accessKey));
  const missing = wanted.entries.filter((entry) => !foundKeys.has(accessKey(entry)));
  const extra = found.entries.filter((entry) => !wantedKeys.has(accessKey(entry)));
  const changes: KafkaAccessChange[] = [];
  if (extra.length > 0) changes.push({ kind: 'revoke', entries: extra });
  if (missing.length > 0) changes.push({ kind: 'allow', entries: missing });
  if (found.mark !== wanted.mark) changes.push({ kind: 'login', user: wanted.user });
  return { changes };
}

export function describeKafkaAccessChange(change: KafkaAccessChange): string {
  if (change.kind === 'login') return `Kafka login ${change.user}`;
  const list = change.entries.map(({ operation, resource, name }) => `${operation} on ${resource} ${name}`).join(', ');
  return change.kind === 'allow' ? `Kafka right ${list}` : `Kafka right ${list} (too much)`;
}

function accessKey({ user, resource, name, pattern, operation }: AccessEntry): string {
  return [user, resource, name, pattern, operation].join('\n');
}
