import { z } from 'zod';
import type { Effects } from '../effects.ts';
import type { Credential } from '../tenant/credentials.ts';
import { passwordHash } from './password-hash.ts';
import type { FoundLogin, FoundVhost, QueueAdministration, QueueCounts, QueuePolicy, QueueRights, QueueSpec } from './port.ts';
import type { RabbitmqRest } from './rabbitmq-rest.ts';

const Queue = z.looseObject({
  name: z.string(),
  vhost: z.string(),
  type: z.string().default('classic'),
  durable: z.boolean(),
  // Both are absent until the server has counted for the first time.
  messages: z.number().optional(),
  consumers: z.number().optional(),
});
const Count = z.int().min(0).nullable().default(null);
const Counts = z.object({
  name: z.string(),
  type: z.string().default('classic'),
  messages_ready: Count,
  messages_unacknowledged: Count,
  consumers: Count,
});
const Policy = z.looseObject({
  vhost: z.string(),
  name: z.string(),
  pattern: z.string(),
  definition: z.record(z.string(), z.union([z.string(), z.number()])),
});
const Rights = z.looseObject({ vhost: z.string(), user: z.string(), configure: z.string(), write: z.string(), read: z.string() });
const Limits = z.looseObject({ vhost: z.string(), value: z.record(z.string(), z.number()) });
const User = z.looseObject({
  name: z.string(),
  password_hash: z.string().default(''),
  // A list since 3.9, words with commas before.
  tags: z.union([z.array(z.string()), z.string().transform((text) => (text === '' ? [] : text.split(',')))]),
});
const Named = z.looseObject({ name: z.string() });

/** Vhosts, users, queues and policies over the management API: Amazon MQ has the same. */
export class RabbitmqQueues implements QueueAdministration {
  readonly #rest: RabbitmqRest;
  readonly #effects: Effects;
  readonly #user: string;

  /** @param user the operator's own: whoever makes a vhost gets rights in it, which are none of a tenant's. */
  constructor(rest: RabbitmqRest, effects: Effects, user: string) {
    this.#rest = rest;
    this.#effects = effects;
    this.#user = user;
  }

  async vhost(name: string): Promise<FoundVhost | undefined> {
    const [queues, policies, rights, limits] = await Promise.all([
      this.#rest.find('GET', ['queues', name]),
      this.#rest.find('GET', ['policies', name]),
      this.#rest.find('GET', ['vhosts', name, 'permissions']),
      this.#rest.find('GET', ['vhost-limits', name]),
    ]);
    if (queues === undefined || policies === undefined || rights === undefined) return undefined;
    return {
      queues: z
        .array(Queue)
        .parse(queues)
        .map(({ name: queue, type, durable, messages, consumers }) => ({
          name: queue,
          type,
          durable,
          isBusy: messages !== 0 || consumers !== 0,
        })),
      policies: z.array(Policy).parse(policies).map(policyOf),
      rights: z
        .array(Rights)
        .parse(rights)
        .map(rightsOf)
        .filter(({ user }) => user !== this.#user),
      // Without any limit the server answers 404, or an empty list.
      limits: z.array(Limits).parse(limits ?? [])[0]?.value ?? {},
    };
  }

  async everything(prefix: string): Promise<{ vhosts: ReadonlyMap<string, unknown>; users: ReadonlyMap<string, unknown> }> {
    const [vhosts, queues, policies, rights, limits, users] = await Promise.all([
      this.#all(['vhosts'], Named, '?columns=name'),
      this.#all(['queues'], Queue, '?columns=name,vhost,type,durable'),
      this.#all(['policies'], Policy),
      this.#all(['permissions'], Rights),
      this.#all(['vhost-limits'], Limits),
      this.#all(['users'], User),
    ]);
    const of = <T extends { readonly vhost: string }>(items: readonly T[], vhost: string, text: (item: T) => unknown): unknown[] =>
      items
        .filter((item) => item.vhost === vhost)
        .map((item) => JSON.stringify(text(item)))
        .sort();
    const ours = vhosts.map(({ name }) => name).filter((name) => name.startsWith(prefix));
    return {
      vhosts: new Map(
        ours.map((name) => [
          name,
          [
            of(queues, name, ({ name: queue, type, durable }) => [queue, type, durable]),
            of(policies, name, policyOf),
            of(rights, name, rightsOf),
            of(limits, name, ({ value }) => Object.entries(value).sort()),
          ],
        ]),
      ),
      users: new Map(users.filter(({ name }) => name.startsWith(prefix)).map((user) => [user.name, loginOf(user)])),
    };
  }

  async counts(vhost: string): Promise<readonly QueueCounts[] | undefined> {
    const queues = await this.#rest.find('GET', ['queues', vhost], `?columns=${Object.keys(Counts.shape).join()}`);
    if (queues === undefined) return undefined;
    return z
      .array(Counts)
      .parse(queues)
      .map(({ name, type, messages_ready: ready, messages_unacknowledged: unacknowledged, consumers }) => ({
        name,
        type,
        ready,
        unacknowledged,
        consumers,
      }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async createVhost(name: string, description: string): Promise<void> {
    await this.#change(`create vhost ${name}`, 'PUT', ['vhosts', name], { description });
  }

  async deleteVhost(name: string): Promise<void> {
    await this.#delete(`delete vhost ${name}`, ['vhosts', name]);
  }

  async logins(users: readonly string[]): Promise<readonly FoundLogin[]> {
    const found = await Promise.all(users.map((user) => this.#rest.find('GET', ['users', user])));
    return found.filter((user) => user !== undefined).map((user) => loginOf(User.parse(user)));
  }

  async putLogin(user: string, { password }: Credential): Promise<void> {
    // The hash, so that the password itself is sent nowhere. No tags: a tenant has no business in the management API.
    const body = { password_hash: passwordHash(password), hashing_algorithm: 'rabbit_password_hashing_sha256', tags: '' };
    await this.#change(`set login ${user}`, 'PUT', ['users', user], body);
  }

  async deleteLogin(user: string): Promise<void> {
    await this.#delete(`delete login ${user}`, ['users', user]);
  }

  async putRights(vhost: string, { user, configure, write, read }: QueueRights): Promise<void> {
    await this.#change(`allow ${user}`, 'PUT', ['permissions', vhost, user], { configure, write, read });
  }

  async deleteRights(vhost: string, user: string): Promise<void> {
    await this.#delete(`revoke ${user}`, ['permissions', vhost, user]);
  }

  async putLimit(vhost: string, name: string, value: number): Promise<void> {
    await this.#change(`limit ${name} of ${vhost}`, 'PUT', ['vhost-limits', vhost, name], { value });
  }

  async declareQueue(vhost: string, { name, type }: QueueSpec): Promise<void> {
    const body = { durable: true, auto_delete: false, arguments: { 'x-queue-type': type } };
    await this.#change(`declare queue ${name}`, 'PUT', ['queues', vhost, name], body);
  }

  async deleteEmptyQueue(vhost: string, name: string): Promise<boolean> {
    // Quorum queues know no "delete if empty", and counts are seconds old: taking a message, and giving it back, asks the queue itself.
    const take = { count: 1, ackmode: 'ack_requeue_true', encoding: 'base64', truncate: 1 };
    const taken = await this.#rest.send('POST', ['queues', vhost, name, 'get'], take);
    if (z.array(z.unknown()).parse(taken ?? []).length > 0) return false;
    await this.#delete(`delete queue ${name}`, ['queues', vhost, name]);
    return true;
  }

  async putPolicy(vhost: string, { name, pattern, definition }: QueuePolicy): Promise<void> {
    const body = { pattern, definition, 'apply-to': 'queues', priority: 0 };
    await this.#change(`set policy ${name}`, 'PUT', ['policies', vhost, name], body);
  }

  async deletePolicy(vhost: string, name: string): Promise<void> {
    await this.#delete(`delete policy ${name}`, ['policies', vhost, name]);
  }

  async connections(vhost: string): Promise<readonly string[]> {
    const body = await this.#rest.find('GET', ['vhosts', vhost, 'connections']);
    return z
      .array(Named)
      .parse(body ?? [])
      .map(({ name }) => name);
  }

  async closeConnection(name: string): Promise<void> {
    await this.#delete('close connection', ['connections', name]);
  }

  async close(): Promise<void> {
    await this.#rest.close();
  }

  async #all<T>(path: readonly string[], shape: z.ZodType<T>, query = ''): Promise<readonly T[]> {
    return z.array(shape).parse((await this.#rest.find('GET', path, query)) ?? []);
  }

  async #change(what: string, method: string, path: readonly string[], body: unknown): Promise<void> {
    await this.#effects.perform(`rabbitmq: ${what}`, () => this.#rest.send(method, path, body));
  }

  async #delete(what: string, path: readonly string[]): Promise<void> {
    await this.#effects.perform(`rabbitmq: ${what}`, () => this.#rest.find('DELETE', path));
  }
}

function policyOf({ name, pattern, definition }: z.infer<typeof Policy>): QueuePolicy {
  return { name, pattern, definition };
}

function rightsOf({ user, configure, write, read }: z.infer<typeof Rights>): QueueRights {
  return { user, configure, write, read };
}

function loginOf({ name, password_hash, tags }: z.infer<typeof User>): FoundLogin {
  return { user: name, passwordHash: password_hash, tags };
}
