import { deadLettersOf } from '@tenantry/contracts';
import { isHashOf } from '../../rabbitmq/password-hash.ts';
import type { FoundLogin, FoundVhost, QueuePolicy, QueueRights, QueueSpec } from '../../rabbitmq/port.ts';
import type { Plan } from '../converge.ts';
import type { Credential } from '../credentials.ts';

/** A queue of the spec. */
export interface WantedQueue extends QueueSpec {
  readonly maxLength: number | undefined;
  readonly deliveryLimit: number;
}

export interface WantedVhost {
  readonly vhost: string;
  /** For people who look into RabbitMQ: the tenant's name. */
  readonly description: string;
  /** Users of the generations that are valid now. */
  readonly logins: readonly { readonly user: string; readonly credential: Credential }[];
  /** Every user the tenant may have. */
  readonly users: readonly string[];
  /** Empty: nothing is wanted, and what holds no message goes. */
  readonly queues: readonly WantedQueue[];
  readonly isSuspended: boolean;
}

export interface FoundQueues {
  readonly vhost: FoundVhost | undefined;
  readonly logins: readonly FoundLogin[];
  /** Open connections; looked for only while suspended. */
  readonly connections: readonly string[];
}

export type QueueChange =
  | { readonly kind: 'create-vhost' | 'delete-vhost' }
  | { readonly kind: 'limit'; readonly name: string; readonly value: number }
  | { readonly kind: 'close-connection'; readonly name: string }
  | { readonly kind: 'policy'; readonly policy: QueuePolicy }
  | { readonly kind: 'delete-policy'; readonly name: string }
  | { readonly kind: 'declare'; readonly queue: QueueSpec }
  | { readonly kind: 'delete-queue'; readonly name: string }
  | { readonly kind: 'login'; readonly user: string; readonly credential: Credential }
  | { readonly kind: 'delete-login'; readonly user: string }
  | { readonly kind: 'rights'; readonly rights: QueueRights }
  | { readonly kind: 'delete-rights'; readonly user: string };

/** Enough for a fleet of workers, too few to take the server's sockets from the neighbours. */
const MOST_CONNECTIONS = 100;

/**
 * What to make, put back or take away. A queue that the spec no longer names is deleted once it holds no message and nobody consumes from it,
 * not before; so is the vhost with its users once no queue is left. Suspended: nobody can connect, everything else stays.
 */
export function queuesPlan(wanted: WantedVhost, found: FoundQueues): Plan<QueueChange> {
  const declared = wanted.queues.flatMap((queue) => [queue, { name: deadLettersOf(queue.name), type: queue.type }]);
  const existing = new Map((found.vhost?.queues ?? []).map((queue) => [queue.name, queue]));
  for (const { name, type } of declared) {
    const queue = existing.get(name);
    if (queue !== undefined && (queue.type !== type || !queue.durable))
      return {
        refused: {
          reason: 'Conflict',
          message: `Queue ${name} exists as a ${queue.durable ? '' : 'transient '}${queue.type} queue and is wanted as ${type}, which RabbitMQ cannot change; empty it and take it from the list first, or choose another name.`,
        },
      };
  }
  const left = keptQueues(wanted, found.vhost);
  if (wanted.queues.length === 0 && left.length === 0) return { changes: withoutQueues(found) };

  const changes: QueueChange[] = [];
  const limit = wanted.isSuspended ? 0 : MOST_CONNECTIONS;
  if (found.vhost === undefined) changes.push({ kind: 'create-vhost' });
  if (found.vhost?.limits['max-connections'] !== limit) changes.push({ kind: 'limit', name: 'max-connections', value: limit });
  if (wanted.isSuspended) changes.push(...found.connections.map((name) => ({ kind: 'close-connection', name }) as const));
  const policies = wanted.queues.flatMap(policiesOf);
  for (const policy of policies) {
    const is = found.vhost?.policies.find(({ name }) => name === policy.name);
    if (is === undefined || policyText(is) !== policyText(policy)) changes.push({ kind: 'policy', policy });
  }
  for (const { name, type } of declared) if (!existing.has(name)) changes.push({ kind: 'declare', queue: { name, type } });
  changes.push(...access(wanted, found));
  for (const name of deletable([...existing.keys()]))
    if (!left.includes(name) && !declared.some((queue) => queue.name === name)) changes.push({ kind: 'delete-queue', name });
  // The settings of a queue that is still there stay with it.
  for (const { name } of found.vhost?.policies ?? [])
    if (!policies.some((policy) => policy.name === name) && !existing.has(name)) changes.push({ kind: 'delete-policy', name });
  return { changes };
}

/** Queues the spec does not name and that stay, because they hold messages or somebody consumes from them. */
export function keptQueues({ queues }: Pick<WantedVhost, 'queues'>, vhost: FoundVhost | undefined): string[] {
  const declared = queues.flatMap(({ name }) => [name, deadLettersOf(name)]);
  const others = (vhost?.queues ?? []).filter(({ name }) => !declared.includes(name));
  const busy = others.filter(({ isBusy }) => isBusy).map(({ name }) => name);
  // Where a queue that stays sends what it cannot deliver, stays too.
  return others.map(({ name }) => name).filter((name) => busy.includes(name) || busy.some((queue) => deadLettersOf(queue) === name));
}

export function describeQueueChange(change: QueueChange): string {
  switch (change.kind) {
    case 'create-vhost':
      return 'RabbitMQ vhost';
    case 'delete-vhost':
      return 'RabbitMQ vhost (no longer needed)';
    case 'limit':
      return `RabbitMQ limit ${change.name}`;
    case 'close-connection':
      return `RabbitMQ connection ${change.name} (suspended)`;
    case 'policy':
      return `settings of queue ${change.policy.name}`;
    case 'delete-policy':
      return `policy ${change.name} (too much)`;
    case 'declare':
      return `queue ${change.queue.name}`;
    case 'delete-queue':
      return `queue ${change.name} (empty, no longer in the spec)`;
    case 'login':
      return `RabbitMQ login ${change.user}`;
    case 'delete-login':
      return `RabbitMQ login ${change.user} (no longer valid)`;
    case 'rights':
      return `RabbitMQ rights of ${change.rights.user}`;
    case 'delete-rights':
      return `RabbitMQ rights of ${change.user} (too much)`;
  }
}

/** Logins first, then what they may do; then what nobody should have. */
function access({ logins, users }: WantedVhost, found: FoundQueues): QueueChange[] {
  const changes: QueueChange[] = [];
  for (const { user, credential } of logins) {
    const login = found.logins.find((each) => each.user === user);
    if (login === undefined || login.tags.length > 0 || !isHashOf(login.passwordHash, credential.password))
      changes.push({ kind: 'login', user, credential });
    const rights = rightsOf(user);
    const has = found.vhost?.rights.find((each) => each.user === user);
    if (has === undefined || rightsText(has) !== rightsText(rights)) changes.push({ kind: 'rights', rights });
  }
  const valid = logins.map(({ user }) => user);
  for (const { user } of found.vhost?.rights ?? []) if (!valid.includes(user)) changes.push({ kind: 'delete-rights', user });
  for (const { user } of found.logins) if (users.includes(user) && !valid.includes(user)) changes.push({ kind: 'delete-login', user });
  return changes;
}

/** Queues one by one, each only if it is empty at that moment; then, when the next look finds none, users and vhost. */
function withoutQueues({ vhost, logins }: FoundQueues): QueueChange[] {
  const queues = deletable((vhost?.queues ?? []).map(({ name }) => name));
  if (queues.length > 0) return queues.map((name) => ({ kind: 'delete-queue', name }));
  return [
    ...logins.map(({ user }) => ({ kind: 'delete-login', user }) as const),
    ...(vhost === undefined ? [] : [{ kind: 'delete-vhost' } as const]),
  ];
}

/**
 * Dead letters only after the queue they come from is gone: counts are seconds old, so it may turn out to hold a message when it is to be deleted.
 */
function deletable(names: readonly string[]): string[] {
  return names.filter((name) => !names.some((queue) => deadLettersOf(queue) === name));
}

/** Reads and publishes in its own vhost, and declares nothing: what queues there are is the spec's to say. */
function rightsOf(user: string): QueueRights {
  return { user, configure: '^$', write: '^amq\\.default$', read: '.*' };
}

/**
 * A full queue refuses publishers, instead of dropping what is oldest; what cannot be delivered goes to the queue beside it, of quorum queues
 * at least once. All by policy, not by arguments, so that it can change while the queue lives.
 */
function policiesOf({ name, type, maxLength, deliveryLimit }: WantedQueue): QueuePolicy[] {
  const length = maxLength === undefined ? {} : { 'max-length': maxLength };
  const dead = deadLettersOf(name);
  const policy = (queue: string, definition: QueuePolicy['definition']): QueuePolicy => ({
    name: queue,
    pattern: `^${queue.replaceAll('.', '\\.')}$`,
    definition: { ...definition, ...length, overflow: 'reject-publish' },
  });
  const quorum = type === 'quorum' ? { 'delivery-limit': deliveryLimit, 'dead-letter-strategy': 'at-least-once' } : {};
  return [policy(name, { ...quorum, 'dead-letter-exchange': '', 'dead-letter-routing-key': dead }), policy(dead, {})];
}

function policyText({ pattern, definition }: QueuePolicy): string {
  return JSON.stringify([pattern, Object.entries(definition).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function rightsText({ configure, write, read }: QueueRights): string {
  return JSON.stringify([configure, write, read]);
}
