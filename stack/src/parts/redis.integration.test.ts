import { randomBytes } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { type RedisAccess, runningStack } from '../../testing/running-stack.ts';
import { runCommand } from '../run-command.ts';

let access: RedisAccess;
const key = `test:${randomBytes(6).toString('hex')}`;

beforeAll(async () => {
  access = await (await runningStack('redis')).redis();
});

it('answers on the address pods use, to the password of the secrets', async () => {
  expect(await ask(access.password, 'set', key, '1', 'px', '60000')).toBe('OK');
  expect(await ask(access.password, 'get', key)).toBe('1');
});

it.each([
  ['no password', undefined, 'NOAUTH'],
  ['a wrong password', 'wrong', 'WRONGPASS'],
])('refuses %s', async (_what, password, refusal) => {
  expect(await ask(password, 'get', key).catch((error: Error) => error.message)).toContain(refusal);
});

it('keeps a log on disk, and refuses writes rather than forget when it is full', async () => {
  const settings = async (name: string) => (await ask(access.password, 'config', 'get', name)).split('\n')[1];
  expect(await settings('appendonly')).toBe('yes');
  expect(await settings('maxmemory-policy')).toBe('noeviction');
});

it('lets the operator make users, and nothing else', async () => {
  const { username, password: own } = await (await runningStack('redis')).redisOperator();
  const asOperator = (...words: string[]) => ask(own, '--user', username, ...words);
  expect(await asOperator('acl', 'whoami')).toBe(username);
  expect(await asOperator('get', key).catch((error: Error) => error.message)).toContain('NOPERM');
});

async function ask(password: string | undefined, ...words: string[]): Promise<string> {
  const output = await runCommand('redis-cli', ['-h', access.host, '-p', String(access.port), '-e', ...words], {
    env: password === undefined ? {} : { REDISCLI_AUTH: password },
  });
  return output.trim();
}
