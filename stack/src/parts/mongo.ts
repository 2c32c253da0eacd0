import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ensureJava, findJava, javaProblems, runMaven } from '../install/java.ts';
import { type CacheEntry, cacheFolder, ensureCached, isCached } from '../install-cache.ts';
import { MONGO_MAIN, mongoPom } from '../mongo/mongo-double.ts';
import type { Part, PartContext } from '../part.ts';
import { PORTS } from '../ports.ts';
import { findProcess, startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { runCommand } from '../run-command.ts';
import { RECIPES, VERSIONS } from '../versions.ts';

const JVM = ['-Xms32m', '-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];

/**
 * mongo-java-server, which is not MongoDB: a stand-in that speaks its wire protocol and keeps documents in one file. MongoDB itself is in no registry the
 * stack installs from. It has no users, no TLS, no transactions and no change streams, and the product uses none of the last two. Everything in it
 * is a copy: with its data gone the projector fills it again.
 */
export const mongo: Part = {
  name: 'mongo',
  needs: ['network'],
  processes: ['mongo'],
  needsRoot: false,
  address: (context) => `${context.nodeAddress}:${PORTS.mongo} (mongo-java-server, not MongoDB)`,
  hint: `Is something else on port ${PORTS.mongo}? Everything in it is a copy: \`.run/data/mongo\` may be removed.`,
  problems: async (context) => ((await mongo.installed(context)) ? [] : await javaProblems()),
  installed: async (context) => (await isCached(context.paths, mongoInstall)) && (await findJava()) !== undefined,
  install: async (context) => {
    await ensureJava(context);
    await ensureCached(context, { ...mongoInstall, build: async (folder) => await fetchServer(context, folder) });
  },
  start: async (context) => {
    if (await findProcess(context.paths, 'mongo')) return;
    const folder = join(context.paths.data, 'mongo');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const home = cacheFolder(context.paths, mongoInstall);
    await startProcess(context.paths, {
      name: 'mongo',
      command: join(await ensureJava(context), 'bin', 'java'),
      args: [
        ...JVM,
        '-cp',
        `${home}:${join(home, 'lib', '*')}`,
        'MongoDouble',
        context.nodeAddress,
        String(PORTS.mongo),
        join(folder, 'data'),
      ],
      cwd: folder,
    });
  },
  ready: ({ nodeAddress }) => retryUntil('the Mongo stand-in does not listen', 60_000, () => takesConnections(nodeAddress)),
  stop: async ({ paths }) => await stopProcess(paths, 'mongo', { limitMs: 30_000 }),
};

const mongoInstall = {
  name: 'mongo',
  key: `${VERSIONS.mongoJavaServer}-${RECIPES.mongo}`,
} satisfies Pick<CacheEntry, 'name' | 'key'>;

async function fetchServer(context: PartContext, target: string): Promise<void> {
  context.progress('fetching 14 jars, 8 MB, with Maven');
  const draft = join(target, 'pom.xml');
  await writeFile(draft, mongoPom());
  const lib = join(target, 'lib');
  await runMaven(context, ['-f', draft, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${lib}`], target);
  const source = join(target, 'MongoDouble.java');
  await writeFile(source, MONGO_MAIN);
  // Any Java runs it afterwards; this once it has to be a JDK, as the one the stack installs is.
  const compiler = join(await ensureJava(context), 'bin', 'javac');
  await runCommand(compiler, ['-cp', join(lib, '*'), '-d', target, source]);
}

/** It listens last of all, when its file is open. */
async function takesConnections(host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port: PORTS.mongo, timeout: 5000 });
    socket.once('connect', () => {
      resolve();
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
  });
}
