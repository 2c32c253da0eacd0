import type { TenantNames } from '@tenantry/contracts';
import type { AccessEntry, ClientQuotas } from '../../kafka/port.ts';
import type { Plan } from '../converge.ts';

export type KafkaAccessChange =
  | { readonly kind: 'allow'; readonly entries: readonly AccessEntry[] }
  | { readonly kind: 'revoke'; readonly entries: readonly AccessEntry[] }
  | { readonly kind: 'login'; readonly user: string }
  | { readonly kind: 'end-login'; readonly user: string }
  | { readonly kind: 'quotas'; readonly user: string; readonly set: ClientQuotas; readonly remove: readonly string[] };

/** A user of the tenant's and the mark of the password it should have. */
export interface WantedLogin {
  readonly user: string;
  readonly mark: number;
}

/**
 * What one of a tenant's own Kafka users may do: read everything under its prefix, write its own topics but not `events` (only the relay writes
 * facts), and use consumer groups under its prefix. The prefix ends in a dot, so `acme.` never reaches `acme-two.…`.
 */
export function wantedAccess(names: TenantNames, topics: readonly string[], user: string = names.kafkaUser): AccessEntry[] {
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

/**
 * Entries to add and to take away (whatever else these users were given), logins whose mark is not the wanted one, and logins that are to work
 * no more: their rights end first, because Kafka asks for rights at every request and for the password only at the first.
 */
export function kafkaAccessPlan(
  wanted: { readonly entries: readonly AccessEntry[]; readonly logins: readonly WantedLogin[]; readonly quotas?: ClientQuotas },
  found: {
    readonly entries: readonly AccessEntry[];
    readonly marks: ReadonlyMap<string, number>;
    readonly quotas?: ReadonlyMap<string, ClientQuotas>;
  },
): Plan<KafkaAccessChange> {
  const wantedKeys = new Set(wanted.entries.map(accessKey));
  const foundKeys = new Set(found.entries.map(accessKey));
  const missing = wanted.entries.filter((entry) => !foundKeys.has(accessKey(entry)));
  const extra = found.entries.filter((entry) => !wantedKeys.has(accessKey(entry)));
  const over = [...found.marks.keys()].filter((user) => !wanted.logins.some((login) => login.user === user));
  const changes: KafkaAccessChange[] = [];
  if (extra.length > 0) changes.push({ kind: 'revoke', entries: extra });
  if (missing.length > 0) changes.push({ kind: 'allow', entries: missing });
  for (const { user, mark } of wanted.logins) if (found.marks.get(user) !== mark) changes.push({ kind: 'login', user });
  for (const user of over) changes.push({ kind: 'end-login', user });
  const users = new Set([...wanted.logins.map(({ user }) => user), ...(found.quotas?.keys() ?? [])]);
  for (const user of users) {
    const isWanted = wanted.logins.some((login) => login.user === user);
    changes.push(...quotaChange(user, isWanted ? (wanted.quotas ?? {}) : {}, found.quotas?.get(user) ?? {}));
  }
  return { changes };
}

/** A user without a login keeps no quotas either. */
function quotaChange(user: string, wanted: ClientQuotas, found: ClientQuotas): KafkaAccessChange[] {
  const set = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => found[key] !== value));
  const remove = Object.keys(found).filter((key) => !(key in wanted));
  return Object.keys(set).length + remove.length === 0 ? [] : [{ kind: 'quotas', user, set, remove }];
}

export function describeKafkaAccessChange(change: KafkaAccessChange): string {
  if (change.kind === 'login') return `Kafka login ${change.user}`;
  if (change.kind === 'quotas') return `Kafka quotas of ${change.user} (${[...Object.keys(change.set), ...change.remove].join(', ')})`;
  if (change.kind === 'end-login') return `Kafka login ${change.user} (works no more)`;
  const list = change.entries.map(({ operation, resource, name }) => `${operation} on ${resource} ${name}`).join(', ');
  return change.kind === 'allow' ? `Kafka right ${list}` : `Kafka right ${list} (too much)`;
}

function accessKey({ user, resource, name, pattern, operation }: AccessEntry): string {
  return [user, resource, name, pattern, operation].join('\n');
}
