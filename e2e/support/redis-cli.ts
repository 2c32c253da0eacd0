import { runCommand } from '@tenantry/stack/run-command.ts';
import { localPlatform } from './local-platform.ts';

/** Has the platform's Redis do one command, as its owner. @throws with its refusal */
export async function redisCli(...words: readonly string[]): Promise<string> {
  const { host, port, password } = await localPlatform().redis();
  // From its environment, so that no process list shows it.
  const env = { REDISCLI_AUTH: password };
  return (await runCommand('redis-cli', ['-h', host, '-p', String(port), '-e', ...words], { env, limitMs: 10_000 })).trim();
}
