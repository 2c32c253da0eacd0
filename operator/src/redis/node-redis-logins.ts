import { setTimeout as pause } from 'node:timers/promises';
import { TENANT_REDIS_RULES } from '@tenantry/contracts';
import { createClient } from 'redis';
import type { ControlLog } from '../control/control-log.ts';
import type { Effects } from '../effects.ts';
import type { CacheAdministration, CacheLogin, FoundCacheLogin } from './port.ts';
import { redisPasswordHash } from './redis-password-hash.ts';
import { commandsOf } from './redis-rules.ts';

export interface RedisOperatorLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** PEM of the authorities its certificate is checked against; nothing: no TLS. */
  readonly ca: string | undefined;
}

/** Inside the lease margin: a call that outlives leadership must not land late. */
const ANSWER_MS = 5000;
/** Users of many tenants made at once cost one save: it writes the whole file. */
const SAVE_AFTER_MS = 500;

/**
 * Redis' own users over node-redis. ACL SETUSER changes memory only: where Redis has an ACL file the users are saved to it, in the background;
 * where it has none they are gone after a restart, until the drift watch has seen it and each tenant's pass has made its user again.
 */
export class NodeRedisLogins implements CacheAdministration {
  readonly #client: ReturnType<typeof clientOf>;
  readonly #effects: Effects;
  readonly #log: ControlLog;
  #connecting: Promise<unknown> | undefined;
  #categories = new Map<string, readonly string[]>();
  #saving: Promise<void> | undefined;

  constructor(login: RedisOperatorLogin, effects: Effects, log: ControlLog) {
    this.#client = clientOf(login);
    this.#effects = effects;
    this.#log = log;
    // Every call says itself that it failed; without a listener the first error would end the process.
    this.#client.on('error', () => {});
    // Perhaps another server than before, with other commands.
    this.#client.on('ready', () => this.#categories.clear());
  }

  async login(user: string): Promise<FoundCacheLogin | undefined> {
    const answer = await this.#ask('ACL', 'GETUSER', user);
    if (answer === null) return undefined;
    const fields = fieldsOf(answer);
    const flags = words(fields.get('flags'));
    return {
      isOn: flags.includes('on'),
      passwordHashes: flags.includes('nopass') ? undefined : words(fields.get('passwords')),
      keys: words(fields.get('keys')),
      channels: words(fields.get('channels')),
      commands: await this.#commandsOf(words(fields.get('commands'))),
      hasSelectors: Array.isArray(fields.get('selectors')) && (fields.get('selectors') as unknown[]).length > 0,
    };
  }

  tenantCommands(): Promise<ReadonlySet<string>> {
    return this.#commandsOf(TENANT_REDIS_RULES);
  }

  async everything(prefix: string): Promise<ReadonlyMap<string, string>> {
    const lines = (await this.#ask('ACL', 'LIST')) as readonly string[];
    // Redis 7.0 writes the rules of one user in another order after a restart.
    const users = lines.map((line) => line.split(' ').slice(1)).map(([name = '', ...rules]) => [name, rules.sort().join(' ')] as const);
    return new Map(users.filter(([name]) => name.startsWith(prefix)));
  }

  async putLogin({ user, credentials, prefix, isOn }: CacheLogin): Promise<void> {
    // Hashes, so that no password is sent; `reset` first, so that nothing of before stays.
    const passwords = credentials.map(({ password }) => `#${redisPasswordHash(password)}`);
    const rules = ['reset', isOn ? 'on' : 'off', ...passwords, `~${prefix}*`, `&${prefix}*`, ...TENANT_REDIS_RULES];
    await this.#effects.perform(`redis: set login ${user}`, () => this.#ask('ACL', 'SETUSER', user, ...rules));
    this.#save();
  }

  async deleteLogin(user: string): Promise<void> {
    await this.#effects.perform(`redis: delete login ${user}`, () => this.#ask('ACL', 'DELUSER', user));
    this.#save();
  }

  async close(): Promise<void> {
    await this.#saving;
    if (this.#client.isOpen) this.#client.destroy();
  }

  async #commandsOf(rules: readonly string[]): Promise<Set<string>> {
    const named = rules.filter((rule) => rule[1] === '@' && rule.slice(2) !== 'all').map((rule) => rule.slice(2));
    for (const category of named) {
      if (this.#categories.has(category)) continue;
      this.#categories.set(category, words(await this.#ask('ACL', 'CAT', category)));
    }
    return commandsOf(rules, this.#categories);
  }

  /** Never rejects: whatever was not saved, the drift watch brings back when it was needed. */
  #save(): void {
    this.#saving ??= pause(SAVE_AFTER_MS)
      .then(async () => {
        this.#saving = undefined;
        await this.#ask('ACL', 'SAVE');
      })
      .catch((error: unknown) => {
        // A Redis without an ACL file says so, and every time.
        if (!String(error).includes('not configured to use an ACL file')) this.#log.warn({ err: error }, 'Redis did not save its users');
      });
  }

  async #ask(...args: string[]): Promise<unknown> {
    if (!this.#client.isReady) {
      this.#connecting ??= this.#client.connect().finally(() => {
        this.#connecting = undefined;
      });
      await this.#connecting;
    }
    let timer: NodeJS.Timeout | undefined;
    try {
      return await Promise.race([
        this.#client.sendCommand(args),
        new Promise<never>((_resolve, reject) => {
          timer = setTimeout(() => reject(new Error(`Redis did not answer in ${ANSWER_MS} ms`)), ANSWER_MS);
        }),
      ]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Connects when it is asked something and is not connected; an attempt that fails fails that call. */
function clientOf({ host, port, user, password, ca }: RedisOperatorLogin) {
  const socket = { host, port, connectTimeout: 3000, reconnectStrategy: false as const };
  return createClient({
    socket: ca === undefined ? socket : { ...socket, tls: true as const, ca, rejectUnauthorized: true },
    username: user,
    password,
    name: 'tenantry-operator',
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    RESP: 2,
  });
}

/** RESP2 tells a map as names and values in turn. */
function fieldsOf(answer: unknown): Map<string, unknown> {
  const list = answer as readonly unknown[];
  const fields = new Map<string, unknown>();
  for (let place = 0; place + 1 < list.length; place += 2) fields.set(String(list[place]), list[place + 1]);
  return fields;
}

/** Redis 6 gives lists where 7 gives one text. */
function words(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : [];
}
