import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { createClient } from 'redis';
import type { RedisLogin } from '../src/role-config.ts';

/** A real Redis of a test's own, for what the shared one must not suffer: dying, freezing, forgetting. */
export interface PrivateRedis extends AsyncDisposable {
  readonly login: RedisLogin;
  readonly start: () => Promise<void>;
  /** As a power cut. */
  readonly kill: () => Promise<void>;
  /** Holds still without closing a connection. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** One command, on a connection of its own. */
  readonly command: (...args: string[]) => Promise<unknown>;
}

const PASSWORD = 'test';

export async function privateRedis(): Promise<PrivateRedis> {
  const port = await freePort();
  const login: RedisLogin = { host: '127.0.0.1', port, password: PASSWORD, ca: undefined };
  let server: ChildProcess | undefined;

  const command = async (...args: string[]): Promise<unknown> => {
    const client = createClient({ socket: { host: login.host, port, reconnectStrategy: false }, password: PASSWORD });
    client.on('error', () => {});
    await client.connect();
    try {
      return await client.sendCommand(args);
    } finally {
      client.destroy();
    }
  };
  const start = async (): Promise<void> => {
    const settings = {
      port,
      bind: '127.0.0.1',
      requirepass: PASSWORD,
      save: '',
      appendonly: 'no',
      maxmemory: '16mb',
      'maxmemory-policy': 'noeviction',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    // Debian's redis-server is this program under another name.
    server = spawn('/usr/bin/redis-check-rdb', args, { argv0: 'redis-server', stdio: 'ignore' });
    for (let tries = 0; ; tries += 1) {
      try {
        await command('PING');
        return;
      } catch (error) {
        if (tries > 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  };
  const kill = async (): Promise<void> => {
    if (server === undefined) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
    server = undefined;
  };
  await start();
  return {
    login,
    start,
    kill,
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
    command,
    [Symbol.asyncDispose]: kill,
  };
}
