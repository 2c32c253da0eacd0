import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REDIS_OPERATOR } from '@tenantry/contracts';
import { aptInstall } from '../install/apt.ts';
import { hasProgram } from '../install/has-program.ts';
import type { Part, PartContext, Problem } from '../part.ts';
import type { Paths } from '../paths.ts';
import { PORTS } from '../ports.ts';
import { findProcess, startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { runCommand } from '../run-command.ts';
import { SECRETS, secret } from '../secrets.ts';

/**
 * Debian's `redis-server` is a link to this program of `redis-tools` plus a service that would start by itself on port 6379. We bring the
 * program alone; it becomes the server when it is called by that name.
 */
const PACKAGE = 'redis-tools';
const PROGRAM = 'redis-check-rdb';

/** Redis 7: limits, caches and job queues. Everything in it can be lost; it is kept on disk so that a restart need not show that each time. */
export const redis: Part = {
  name: 'redis',
  needs: ['network'],
  processes: ['redis'],
  needsRoot: false,
  address: (context) => `${context.nodeAddress}:${PORTS.redis}`,
  hint: `Is something else on port ${PORTS.redis}? \`npm run doctor\` looks.`,
  problems: async (): Promise<Problem[]> => {
    if ((await hasProgram(PROGRAM)) || process.getuid?.() === 0) return [];
    return [{ what: 'no Redis', fix: `apt-get install ${PACKAGE} (as root, \`npm start\` does it)`, blocks: true }];
  },
  installed: async () => (await hasProgram(PROGRAM)) && (await hasProgram('redis-cli')),
  install: (context) => aptInstall(context, [PACKAGE]),
  start: async (context) => {
    if (await findProcess(context.paths, 'redis')) return;
    const folder = join(context.paths.data, 'redis');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const server = join(folder, 'redis-server');
    await rm(server, { force: true });
    await symlink(join('/usr/bin', PROGRAM), server);
    await writeUsers(context.paths, folder);
    const configuration = join(folder, 'redis.conf');
    await writeFile(configuration, await settings(context, folder), { mode: 0o600 });
    await startProcess(context.paths, { name: 'redis', command: server, args: [configuration] });
  },
  ready: async ({ paths }) => {
    const password = await secret(paths, SECRETS.redis);
    await retryUntil('Redis does not answer', 30_000, async () => {
      // redis-cli takes the password from its environment, so that no process list shows it.
      const answer = await runCommand('redis-cli', ['-h', '127.0.0.1', '-p', String(PORTS.redis), 'ping'], {
        env: { REDISCLI_AUTH: password },
        limitMs: 5000,
      });
      if (answer.trim() !== 'PONG') throw new Error(`it answers ${answer.trim()}`); // LOADING while it reads its log.
    });
    // One that was started by an earlier version has no such user yet; making it again changes nothing.
    await runCommand(
      'redis-cli',
      ['-h', '127.0.0.1', '-p', String(PORTS.redis), 'acl', 'setuser', REDIS_OPERATOR, ...(await operatorRules(paths))],
      {
        env: { REDISCLI_AUTH: password },
        limitMs: 5000,
      },
    );
  },
  stop: async ({ paths }) => await stopProcess(paths, 'redis', { limitMs: 30_000 }),
};

/** A file, not arguments: the password is in it. */
async function settings(context: PartContext, folder: string): Promise<string> {
  const lines = {
    bind: [...new Set([context.nodeAddress, '127.0.0.1'])].join(' '),
    port: PORTS.redis,
    // Users, the platform's own among them, so that those the operator makes outlive a restart.
    aclfile: `"${usersFile(folder)}"`,
    dir: `"${folder}"`,
    // At most a second is lost when the machine dies; no snapshots beside the log.
    appendonly: 'yes',
    save: '""',
    maxmemory: '256mb',
    // A full Redis refuses writes: BullMQ must never find half a job gone. Caches set their own expiry.
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
  };
  return `${Object.entries(lines)
    .map(([name, value]) => `${name} ${value}`)
    .join('\n')}\n`;
}

function usersFile(folder: string): string {
  return join(folder, 'users.acl');
}

/** Our own users as they are to be; what the operator has made for tenants stays. Passwords are in it as hashes. */
async function writeUsers(paths: Paths, folder: string): Promise<void> {
  const file = usersFile(folder);
  const known = await readFile(file, 'utf8').catch(() => '');
  const others = known.split('\n').filter((line) => line.startsWith('user ') && !/^user (default|tenantry-operator) /.test(line));
  const lines = [
    `user default on #${hashOf(await secret(paths, SECRETS.redis))} ~* &* +@all`,
    `user ${REDIS_OPERATOR} ${(await operatorRules(paths)).join(' ')}`,
    ...others,
  ];
  await writeFile(`${file}.new`, `${lines.join('\n')}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** It makes users and reads no key: who has its password can give itself anything, who has only its connection nothing by mistake. */
async function operatorRules(paths: Paths): Promise<string[]> {
  const commands = ['acl', 'auth', 'hello', 'ping', 'quit', 'client|setname', 'client|id'].map((command) => `+${command}`);
  return ['reset', 'on', `#${hashOf(await secret(paths, SECRETS.redisOperator))}`, '-@all', ...commands];
}

function hashOf(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}
