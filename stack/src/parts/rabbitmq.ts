import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RABBITMQ_OPERATOR } from '@tenantry/contracts';
import { cleanEnvironment } from '../environment.ts';
import { aptUnpack } from '../install/apt.ts';
import { type CacheEntry, ensureCached, isCached } from '../install-cache.ts';
import type { Part, PartContext } from '../part.ts';
import { PORTS } from '../ports.ts';
import { findProcess, startProcess, stopProcess } from '../process.ts';
import { prepareRabbitmq } from '../rabbitmq/prepare-rabbitmq.ts';
import { erlStarter, rabbitmqSettings } from '../rabbitmq/rabbitmq-configuration.ts';
import { retryUntil } from '../retry-until.ts';
import { SECRETS, secret } from '../secrets.ts';
import { RECIPES, VERSIONS } from '../versions.ts';

/** RabbitMQ's own applications need these of Erlang. */
const ERLANG = [
  'asn1',
  'base',
  'crypto',
  'eldap',
  'inets',
  'mnesia',
  'os-mon',
  'parsetools',
  'public-key',
  'runtime-tools',
  'ssl',
  'syntax-tools',
  'tools',
  'xmerl',
];

/** RabbitMQ 3.10 with its management API and metrics: the tenants' task queues. Nothing else of the platform waits for it. */
export const rabbitmq: Part = {
  name: 'rabbitmq',
  needs: ['network'],
  processes: ['rabbitmq', 'rabbitmq-epmd'],
  needsRoot: false,
  address: (context) => managementUrl(context.nodeAddress),
  hint: `Is something else on a port from ${PORTS.rabbitmqEpmd} to ${PORTS.rabbitmqMetrics}, or is less than 200 MB of disk or 300 MB of memory free?`,
  installed: ({ paths }) => isCached(paths, rabbitmqInstall),
  install: async (context) => void (await ensureCached(context, rabbitmqInstall)),
  start: async (context) => {
    const { paths } = context;
    const erlang = join(await ensureCached(context, rabbitmqInstall), 'usr', 'lib', 'erlang');
    const env = await environment(context, join(erlang, 'bin'));
    // Erlang would start its port mapper itself, as a daemon that nobody ends: here it is a process of ours like any other.
    await startProcess(paths, { name: 'rabbitmq-epmd', command: join(erlang, 'bin', 'epmd'), args: [], env });
    if (await findProcess(paths, 'rabbitmq')) return;
    const server = join(erlang, '..', 'rabbitmq', 'lib', `rabbitmq_server-${VERSIONS.rabbitmq}`, 'sbin', 'rabbitmq-server');
    await startProcess(paths, { name: 'rabbitmq', command: server, args: [], env });
  },
  ready: async (context) => {
    const password = await secret(context.paths, SECRETS.rabbitmqOperator);
    await retryUntil('RabbitMQ does not answer', 120_000, async () => {
      const answer = await fetch(`${managementUrl(context.nodeAddress)}/api/health/checks/local-alarms`, {
        headers: { authorization: `Basic ${btoa(`${RABBITMQ_OPERATOR}:${password}`)}` },
        signal: AbortSignal.timeout(5000),
      });
      if (!answer.ok) throw new Error(`its health check answers ${answer.status}`);
    });
    const senderPassword = await secret(context.paths, SECRETS.rabbitmqSender);
    await prepareRabbitmq({ management: managementUrl(context.nodeAddress), password, senderPassword });
  },
  stop: async ({ paths }) => {
    await stopProcess(paths, 'rabbitmq', { limitMs: 30_000 });
    await stopProcess(paths, 'rabbitmq-epmd');
  },
};

/** Unpacked into the cache, not installed: the Debian package would start a service on the usual ports and bring logrotate and socat along. */
const rabbitmqInstall: CacheEntry = {
  name: 'rabbitmq',
  key: `${VERSIONS.rabbitmq}-${RECIPES.rabbitmq}`,
  build: async (folder, progress) => {
    await aptUnpack({ progress }, ['rabbitmq-server', ...ERLANG.map((name) => `erlang-${name}`)], folder);
    const erl = join(folder, 'usr', 'lib', 'erlang', 'bin', 'erl');
    await writeFile(erl, erlStarter());
    await chmod(erl, 0o755);
  },
};

function managementUrl(nodeAddress: string): string {
  return `http://${nodeAddress}:${PORTS.rabbitmqManagement}`;
}

/** Writes the settings; answers what the server is told by its environment. The Erlang cookie is made in its private home. */
async function environment(context: PartContext, programs: string): Promise<Record<string, string>> {
  const { paths, nodeAddress } = context;
  const folder = join(paths.data, 'rabbitmq');
  await mkdir(join(folder, 'home'), { recursive: true, mode: 0o700 });
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  return {
    HOME: join(folder, 'home'),
    PATH: `${programs}:${cleanEnvironment().PATH ?? ''}`,
    RABBITMQ_NODENAME: 'tenantry@localhost',
    // The machine's own /etc/rabbitmq is not ours.
    RABBITMQ_CONF_ENV_FILE: await file('none.conf', ''),
    RABBITMQ_CONFIG_FILE: await file(
      'rabbitmq.conf',
      rabbitmqSettings({ address: nodeAddress, password: await secret(paths, SECRETS.rabbitmqOperator) }),
    ),
    RABBITMQ_ENABLED_PLUGINS_FILE: await file('enabled_plugins', '[rabbitmq_management,rabbitmq_prometheus].\n'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'generated'),
    RABBITMQ_FEATURE_FLAGS_FILE: join(folder, 'feature_flags'),
    RABBITMQ_DIST_PORT: String(PORTS.rabbitmqDistribution),
    ERL_EPMD_PORT: String(PORTS.rabbitmqEpmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-noinput +S 2:2 -kernel inet_dist_use_interface {127,0,0,1}',
    // Erlang in the place of the script: it ends in order at SIGTERM, and the pid is the server's.
    RABBITMQ_ALLOW_INPUT: '1',
  };
}
