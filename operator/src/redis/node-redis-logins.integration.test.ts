import { randomUUID } from 'node:crypto';
import { tenantKeys } from '@tenantry/contracts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../control/control-log.ts';
import { Effects } from '../effects.ts';
import { TenantCredentials } from '../tenant/credentials.ts';
import { cachePlan } from '../tenant/plans/cache-plan.ts';
import { NodeRedisLogins } from './node-redis-logins.ts';
import type { CacheLogin } from './port.ts';

const [acme, globex] = [loginOf(randomUUID()), loginOf(randomUUID())];
let logins: NodeRedisLogins;
let place: { readonly host: string; readonly port: number };

function loginOf(tenantId: string): CacheLogin {
  const { redisUser, redisPrefix } = tenantKeys(tenantId);
  const credentials = [new TenantCredentials(Buffer.alloc(32, 5), tenantId, 1).for('redis')];
  return { user: redisUser, credentials, prefix: redisPrefix, isOn: true };
}

beforeAll(async () => {
  const { host, port, username, password } = await (await runningStack('redis')).redisOperator();
  place = { host, port };
  logins = new NodeRedisLogins(
    { host, port, user: username, password, ca: undefined },
    new Effects({ assertLeading: () => {} }),
    silentLog,
  );
  for (const login of [acme, globex]) await logins.putLogin(login);
});
afterAll(async () => {
  for (const { user } of [acme, globex]) await logins?.deleteLogin(user);
  await logins?.close();
});

/** One command as a tenant; what Redis answers, or its refusal. */
async function ask({ user, credentials: [credential] }: CacheLogin, ...command: string[]): Promise<unknown> {
  const socket = { ...place, reconnectStrategy: false as const };
  const client = createClient({ socket, username: user, password: credential?.password ?? '', maintNotifications: 'disabled' });
  client.on('error', () => {});
  try {
    await client.connect();
    return await client.sendCommand(command);
  } catch (error) {
    return (error as Error).message;
  } finally {
    client.destroy();
  }
}

it('shows a user as it was made, so that nothing is left to do', async () => {
  await logins.putLogin(acme);
  expect(cachePlan(acme, await logins.tenantCommands(), await logins.login(acme.user))).toEqual({ changes: [] });
  expect(await logins.login('t:nobody')).toBeUndefined();
  expect([...(await logins.everything('t:')).keys()]).toEqual(expect.arrayContaining([acme.user, globex.user]));
});

it('sees what somebody has widened by hand', async () => {
  const admin = await (await runningStack('redis')).redis();
  const client = createClient({ socket: place, password: admin.password, maintNotifications: 'disabled' });
  await client.connect();
  await client.sendCommand(['ACL', 'SETUSER', acme.user, '~*', '&*', '+scan', '>another']);
  client.destroy();
  expect(cachePlan(acme, await logins.tenantCommands(), await logins.login(acme.user))).toEqual({
    changes: [{ kind: 'put', what: ['passwords', 'keys', 'channels', 'commands'] }],
  });
  await logins.putLogin(acme);
  expect(cachePlan(acme, await logins.tenantCommands(), await logins.login(acme.user))).toEqual({ changes: [] });
});

describe('a tenant', () => {
  it('uses its own keys and channels, also in scripts', async () => {
    const key = `${acme.prefix}rate`;
    expect(await ask(acme, 'SET', key, '1', 'PX', '60000')).toBe('OK');
    expect(await ask(acme, 'EVAL', "redis.call('time'); return redis.call('get', KEYS[1])", '1', key)).toBe('1');
    expect(await ask(acme, 'PUBLISH', `${acme.prefix}news`, 'x')).toBe(0);
    expect(await ask(acme, 'DEL', key)).toBe(1);
  });

  it.each<readonly [string, readonly string[]]>([
    ['read another one’s key', ['GET', `${globex.prefix}rate`]],
    ['write another one’s key', ['SET', `${globex.prefix}rate`, '0']],
    ['read it in a script, without naming it', ['EVAL', `return redis.call('get', '${globex.prefix}rate')`, '0']],
    ['read it by the order of a sort', ['SORT', `${acme.prefix}list`, 'BY', `${globex.prefix}*`]],
    ['see which keys there are', ['SCAN', '0', 'MATCH', `${globex.prefix}*`]],
    ['see which channels there are', ['PUBSUB', 'CHANNELS']],
    ['speak on another one’s channel', ['PUBLISH', `${globex.prefix}news`, 'x']],
    ['hear another one’s channel', ['SUBSCRIBE', `${globex.prefix}news`]],
    ['hear all channels', ['PSUBSCRIBE', '*']],
    ['see other connections', ['CLIENT', 'LIST']],
    ['empty the server', ['FLUSHALL']],
    ['change users', ['ACL', 'SETUSER', acme.user, '~*']],
    ['drop others’ scripts', ['SCRIPT', 'FLUSH']],
    ['read the job queue', ['HGETALL', 'tenantry:main:jobs:meta']],
  ])('cannot %s', async (_what, command) => {
    expect(await ask(acme, ...command)).toMatch(/NOPERM|can't access/);
  });
});

it('opens to both passwords while they overlap, and to no other', async () => {
  const [first] = globex.credentials;
  const second = { password: 's'.repeat(43), fingerprint: '' };
  if (first === undefined) throw new Error('no credential');
  const own = ['GET', `${globex.prefix}x`];
  await logins.putLogin({ ...globex, credentials: [second, first] });
  expect([await ask(globex, ...own), await ask({ ...globex, credentials: [second] }, ...own)]).toEqual([null, null]);
  await logins.putLogin({ ...globex, credentials: [second] });
  expect(await ask(globex, ...own)).toMatch(/WRONGPASS/);
  expect(await ask({ ...globex, credentials: [second] }, ...own)).toBeNull();
  await logins.putLogin({ ...globex, credentials: [second], isOn: false });
  expect(await ask({ ...globex, credentials: [second] }, ...own)).toMatch(/WRONGPASS/);
});

it('counts a user who is gone as deleted', async () => {
  const login = loginOf(randomUUID());
  await logins.putLogin(login);
  await logins.deleteLogin(login.user);
  await logins.deleteLogin(login.user);
  expect(await logins.login(login.user)).toBeUndefined();
});
