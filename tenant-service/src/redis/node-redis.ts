import { createClient, defineScript } from 'redis';
import type { RedisLogin } from '../role-config.ts';
import type { Log } from '../telemetry/log.ts';
import type { Listening, SharedMemory, Taking } from './port.ts';
import { RedisAway } from './redis-errors.ts';

/** An answer that takes longer is of no use to anyone who asked. */
const ANSWER_MS = 250;
/** Redis answers a ping in a fraction of a millisecond; it is asked often enough that a silent connection is found before it does harm. */
const PING_MS = 100;
/** Silence for this long counts as a gap. Longer than a pause of this process is likely to be, shorter than anyone would call stale. */
const SILENCE_MS = 500;
const CONNECT_MS = 2000;
const RECONNECT_MS = { first: 50, most: 2000 };
/** More commands waiting than this means that Redis is not keeping up; refusing at once is kinder than a queue. */
const QUEUE_MAX = 2000;

/**
 * The common bucket: filled by the time that has passed on Redis' own clock, then emptied by what was taken. A key that is not there (first use, idle,
 * FLUSHALL) is a full bucket. It may go below zero by one burst, the price of deciding locally. Kept until it would be full again.
 */
const TAKE = `
local time = redis.call('time')
local now = time[1] * 1000 + time[2] / 1000
local perMs, capacity, taken = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local stored = redis.call('hmget', KEYS[1], 'left', 'at')
local left = tonumber(stored[1]) or capacity
local passed = math.max(0, now - (tonumber(stored[2]) or now))
left = math.max(-capacity, math.min(capacity, left + passed * perMs) - taken)
redis.call('hset', KEYS[1], 'left', tostring(left), 'at', string.format('%.3f', now))
redis.call('pexpire', KEYS[1], math.ceil((capacity - left) / perMs) + 1000)
return tostring(left)`;

const scripts = {
  takeTokens: defineScript({
    SCRIPT: TAKE,
    NUMBER_OF_KEYS: 1,
    parseCommand: (parser, { key, perMs, capacity, taken }: Taking) => {
      parser.pushKey(key);
      parser.push(String(perMs), String(capacity), String(taken));
    },
    transformReply: (reply: unknown) => Number(reply),
  }),
};

/** Redis through node-redis. Connects in the background and for ever; two connections, so that nothing stands in front of what others say. */
export class NodeRedis implements SharedMemory {
  readonly #commands: ReturnType<typeof commandClient>;
  readonly #ears: ReturnType<typeof commandClient>;
  readonly #log: Log;
  readonly #listeners: (() => void)[] = [];
  readonly #gaps: (() => void)[] = [];
  /** When the last ping was sent that has been answered: everything said before it has been heard. */
  #heardAt = Number.NEGATIVE_INFINITY;
  #isUnanswered = false;
  #subscriptions = 0;
  #subscribed = 0;
  readonly #heartbeat: NodeJS.Timeout;
  #closed = false;

  constructor(login: RedisLogin, name: string, log: Log) {
    this.#log = log;
    this.#commands = commandClient(login, `${name}`);
    this.#ears = commandClient(login, `${name}-ears`);
    this.#start(this.#commands, () => {
      for (const listener of this.#listeners) listener();
    });
    this.#start(this.#ears, () => {});
    // `end` and `reconnecting`: whichever comes first.
    for (const event of ['end', 'reconnecting', 'error'] as const) this.#ears.on(event, () => this.#lost());
    this.#heartbeat = setInterval(() => this.#listenForPing(), PING_MS).unref();
  }

  isConnected(): boolean {
    return this.#commands.isReady;
  }

  async take(takings: readonly Taking[]): Promise<number[]> {
    return this.#quickly(() => {
      // A Redis that holds still does everything it was sent when it goes on: all of it at once, however long ago it was meant for.
      if (this.#isUnanswered) throw new RedisAway('Redis has not yet answered the last time');
      this.#isUnanswered = true;
      const answered = Promise.all(takings.map((taking) => this.#commands.takeTokens(taking)));
      const settled = (): void => {
        this.#isUnanswered = false;
      };
      answered.then(settled, settled);
      return answered;
    });
  }

  async say(channel: string, message: string): Promise<void> {
    await this.#quickly(() => this.#commands.publish(channel, message));
  }

  listen(channel: string, to: { readonly message: (text: string) => void; readonly gap: () => void }): Listening {
    this.#gaps.push(to.gap);
    this.#subscriptions += 1;
    const subscribe = () => {
      const hear = (text: string): void => to.message(text);
      const subscribed = channel.includes('*') ? this.#ears.pSubscribe(channel, hear) : this.#ears.subscribe(channel, hear);
      subscribed.then(
        () => {
          this.#subscribed += 1;
        },
        // The connection broke on the way: the client subscribes again by itself when it is back, unless it never began.
        () => void (this.#closed || setTimeout(subscribe, RECONNECT_MS.first).unref()),
      );
    };
    subscribe();
    return { isCurrent: () => this.#subscribed === this.#subscriptions && performance.now() - this.#heardAt < SILENCE_MS };
  }

  onConnect(listener: () => void): void {
    this.#listeners.push(listener);
    if (this.isConnected()) listener();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    for (const client of [this.#commands, this.#ears]) if (client.isOpen) client.destroy();
  }

  #start(client: ReturnType<typeof commandClient>, ready: () => void): void {
    let isAway = false;
    client.on('ready', () => {
      if (isAway) this.#log.info('Redis is back');
      isAway = false;
      ready();
    });
    client.on('error', (error: unknown) => {
      if (!isAway && !this.#closed) this.#log.warn({ err: error }, 'Redis is away; this replica decides alone');
      isAway = true;
    });
    // Never rejects before `destroy`: it is tried again for ever.
    client.connect().catch(() => {});
  }

  async #quickly<T>(ask: () => Promise<T>): Promise<T> {
    if (!this.isConnected()) throw new RedisAway('Redis is not connected');
    let timer: NodeJS.Timeout | undefined;
    try {
      return await Promise.race([
        ask(),
        new Promise<never>((_resolve, reject) => {
          timer = setTimeout(() => reject(new RedisAway(`Redis did not answer in ${ANSWER_MS} ms`)), ANSWER_MS);
        }),
      ]);
    } catch (error) {
      if (error instanceof RedisAway) throw error;
      throw new RedisAway('Redis refused or broke off', { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  #listenForPing(): void {
    if (performance.now() - this.#heardAt >= SILENCE_MS) this.#lost();
    if (!this.#ears.isReady) return;
    const sentAt = performance.now();
    this.#ears.ping().then(
      () => {
        this.#heardAt = Math.max(this.#heardAt, sentAt);
      },
      () => this.#lost(),
    );
  }

  #lost(): void {
    this.#heardAt = Number.NEGATIVE_INFINITY;
    for (const gap of this.#gaps) gap();
  }
}

function commandClient({ host, port, username, password, ca }: RedisLogin, name: string) {
  const reconnectStrategy = (tries: number): number =>
    Math.min(RECONNECT_MS.most, RECONNECT_MS.first * 2 ** Math.min(tries, 10)) * (0.5 + Math.random() / 2);
  // A connection that is silent although it is pinged is dead.
  const socket = { host, port, connectTimeout: CONNECT_MS, socketTimeout: 5000, reconnectStrategy };
  return createClient({
    socket: ca === undefined ? socket : { ...socket, tls: true as const, ca, rejectUnauthorized: true },
    ...(username === undefined ? {} : { username }),
    password,
    name: name.replaceAll(/[^\w-]/g, '-'),
    pingInterval: 1000,
    disableOfflineQueue: true,
    commandsQueueMaxLength: QUEUE_MAX,
    maintNotifications: 'disabled',
    scripts,
  });
}
