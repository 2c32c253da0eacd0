import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureJava, findJava, javaProblems, runMaven } from '../install/java.ts';
import { type CacheEntry, cacheFolder, ensureCached, isCached } from '../install-cache.ts';
import { KAFKA_LOGGING, kafkaPom, kafkaProperties } from '../kafka/kafka-configuration.ts';
import { grantProjector, grantRelay, listTopics } from '../kafka/prepare-kafka.ts';
import { isLoginRefused, restoreLogins } from '../kafka/restore-logins.ts';
import type { Part, PartContext } from '../part.ts';
import { PORTS } from '../ports.ts';
import { findProcess, startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { runCommand } from '../run-command.ts';
import { SECRETS, secret } from '../secrets.ts';
import { RECIPES, VERSIONS } from '../versions.ts';

/** Identity of our one-broker cluster: a fixed base64url UUID saves the JVM start that would draw one. */
const CLUSTER_ID = 'VGVuYW50cnlMb2NhbFN0aw';

/** Small and quick to start on two cores: the client compiler alone warms up in seconds. */
const JVM = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];

/** Principals that exist from the first start on; tenants' own are made by the operator. */
export const KAFKA_PRINCIPALS = {
  broker: SECRETS.kafkaBroker,
  admin: SECRETS.kafkaAdmin,
  operator: SECRETS.kafkaOperator,
  relay: SECRETS.kafkaRelay,
  projector: SECRETS.kafkaProjector,
} as const;

/** Kafka 4 in KRaft mode, one node, SCRAM and ACLs on: who has no ACL can do nothing. */
export const kafka: Part = {
  name: 'kafka',
  needs: ['network'],
  processes: ['kafka'],
  needsRoot: false,
  address: (context) => `${context.nodeAddress}:${PORTS.kafka}`,
  hint: `Is something else on port ${PORTS.kafka} or ${PORTS.kafkaController}, or is less than 600 MB of memory free? \`npm run doctor\` looks.`,
  problems: async (context) => ((await kafka.installed(context)) ? [] : await javaProblems()),
  installed: async (context) => (await isCached(context.paths, kafkaInstall)) && (await findJava()) !== undefined,
  install: async (context) => {
    await ensureJava(context);
    await ensureCached(context, { ...kafkaInstall, build: async (folder) => await fetchJars(context, folder) });
  },
  start: async (context) => {
    if (await findProcess(context.paths, 'kafka')) return;
    const java = join(await ensureJava(context), 'bin', 'java');
    const properties = await configure(context);
    await format(context, java);
    await startProcess(context.paths, {
      name: 'kafka',
      command: java,
      args: [...JVM, ...logging(context), '-cp', classPath(context), 'kafka.Kafka', properties],
      cwd: folder(context),
    });
  },
  ready: async (context) => {
    const admin = {
      address: context.nodeAddress,
      port: PORTS.kafka,
      username: 'admin',
      password: await secret(context.paths, SECRETS.kafkaAdmin),
    };
    await retryUntil('Kafka does not answer', 180_000, () => listTopics(admin).catch((refusal) => mendLogins(context, refusal)));
    await addNewPrincipal(context, 'projector');
    await grantRelay(admin, 'relay');
    await grantProjector(admin, 'projector');
  },
  stop: async (context) => await stopProcess(context.paths, 'kafka', { limitMs: 60_000 }),
};

const kafkaInstall = { name: 'kafka', key: `${VERSIONS.kafka}-${RECIPES.kafka}` } satisfies Pick<CacheEntry, 'name' | 'key'>;

async function fetchJars(context: PartContext, target: string): Promise<void> {
  context.progress('fetching 45 jars, 43 MB, with Maven');
  const draft = join(target, 'pom.xml');
  await writeFile(draft, kafkaPom());
  await runMaven(
    context,
    ['-f', draft, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(target, 'lib')}`],
    target,
  );
}

function folder(context: PartContext): string {
  return join(context.paths.data, 'kafka');
}

function classPath(context: PartContext): string {
  return join(cacheFolder(context.paths, kafkaInstall), 'lib', '*');
}

function logging(context: PartContext): string[] {
  return [`-Dlog4j2.configurationFile=${join(folder(context), 'log4j2.properties')}`, `-Dkafka.logs.dir=${context.paths.logs}`];
}

async function configure(context: PartContext, logFolder = join(folder(context), 'log'), name = 'server.properties'): Promise<string> {
  await mkdir(folder(context), { recursive: true, mode: 0o700 });
  const file = join(folder(context), name);
  const text = kafkaProperties({
    address: context.nodeAddress,
    logFolder,
    brokerPassword: await secret(context.paths, SECRETS.kafkaBroker),
    controllerPassword: await secret(context.paths, SECRETS.kafkaController),
  });
  await writeFile(file, text, { mode: 0o600 });
  await writeFile(join(folder(context), 'log4j2.properties'), KAFKA_LOGGING);
  return file;
}

/** Writes the empty metadata log with the first SCRAM users in it. In a folder beside, renamed when whole. */
async function format(context: PartContext, java: string): Promise<void> {
  const logFolder = join(folder(context), 'log');
  const exists = await runCommand('test', ['-f', join(logFolder, 'meta.properties')]).then(
    () => true,
    () => false,
  );
  if (exists) return;
  context.progress('formatting the log');
  const draft = `${logFolder}.new`;
  await rm(draft, { recursive: true, force: true });
  await rm(logFolder, { recursive: true, force: true });
  const properties = await configure(context, draft, 'format.properties');
  const users: string[] = [];
  for (const [name, file] of Object.entries(KAFKA_PRINCIPALS)) {
    users.push('--add-scram', `SCRAM-SHA-512=[name=${name},password=${await secret(context.paths, file)}]`);
  }
  // Its output holds salts and keys: it is kept nowhere.
  const tool = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...logging(context), '-cp', classPath(context)];
  await runCommand(java, [...tool, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties, ...users]).catch((cause) => {
    throw new Error('the Kafka log could not be formatted; is the disk full?', { cause });
  });
  await rename(draft, logFolder);
  await rm(properties);
  // A machine that loses power in the next minutes must not come back with a log that has no users in it.
  await runCommand('sync', ['--file-system', logFolder]);
}

/** A principal that came with a later version: a log that was formatted before does not know it. */
async function addNewPrincipal(context: PartContext, name: 'projector'): Promise<void> {
  const password = await secret(context.paths, KAFKA_PRINCIPALS[name]);
  const login = { address: context.nodeAddress, port: PORTS.kafka, username: name, password };
  await retryUntil(`Kafka does not know its user ${name}`, 30_000, () =>
    listTopics(login).catch(async (refusal) => {
      if (!isLoginRefused(refusal)) throw refusal;
      await restoreLogins(await secret(context.paths, SECRETS.kafkaController), { [name]: password });
      throw refusal;
    }),
  );
}

/**
 * A broker that answers and refuses our own administrator has lost its metadata (power cut, damaged file); our principals are made anew
 * from the secrets, and the operator makes the tenants' ones. @throws what it was given, so that the caller tries again.
 */
async function mendLogins(context: PartContext, refusal: unknown): Promise<never> {
  if (!isLoginRefused(refusal)) throw refusal;
  context.progress('its users are lost; making them anew from the secrets');
  const logins: Record<string, string> = {};
  for (const [name, file] of Object.entries(KAFKA_PRINCIPALS)) logins[name] = await secret(context.paths, file);
  await restoreLogins(await secret(context.paths, SECRETS.kafkaController), logins);
  throw refusal;
}
