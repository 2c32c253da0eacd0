import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ensureJava, findJava, javaProblems, runMaven } from '../install/java.ts';
import { type CacheEntry, cacheFolder, ensureCached, isCached } from '../install-cache.ts';
import { bootstrapAdmin, keycloakUrl } from '../keycloak/keycloak-admin.ts';
import { ensureRealms } from '../keycloak/realms.ts';
import type { Part, PartContext } from '../part.ts';
import { ensureLocalPki } from '../pki.ts';
import { PORTS } from '../ports.ts';
import { findProcess, startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { runCommand } from '../run-command.ts';
import { SECRETS, secret } from '../secrets.ts';
import { RECIPES, VERSIONS } from '../versions.ts';

/** Keycloak with https only, its data in PostgreSQL, and the two realms of design D11 once it is ready. */
export const keycloak: Part = {
  name: 'keycloak',
  needs: ['network', 'postgres'],
  processes: ['keycloak'],
  needsRoot: false,
  address: (context) => keycloakUrl(context.nodeAddress),
  hint: `Is something else on port ${PORTS.keycloak} or ${PORTS.keycloakManagement}, or is less than 700 MB of memory free? \`npm run doctor\` looks.`,
  problems: async (context) => ((await keycloak.installed(context)) ? [] : await javaProblems()),
  installed: async (context) => (await isCached(context.paths, builtInstall)) && (await findJava()) !== undefined,
  install: async (context) => {
    const javaHome = await ensureJava(context);
    await ensureCached(context, { ...builtInstall, build: async (folder) => await build(context, folder, javaHome) });
  },
  start: async (context) => {
    if (await findProcess(context.paths, 'keycloak')) return;
    const javaHome = await ensureJava(context);
    await startProcess(context.paths, {
      name: 'keycloak',
      command: join(cacheFolder(context.paths, builtInstall), 'bin', 'kc.sh'),
      args: ['start', '--optimized', ...(await options(context))],
      env: {
        JAVA_HOME: javaHome,
        JAVA_OPTS_KC_HEAP: '-Xms256m -Xmx512m',
        JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1 -Djava.net.preferIPv4Stack=true',
        KC_DB_PASSWORD: await secret(context.paths, SECRETS.postgresKeycloak),
        // Read only while the database has no administrator yet.
        KC_BOOTSTRAP_ADMIN_CLIENT_ID: bootstrapAdmin.clientId,
        KC_BOOTSTRAP_ADMIN_CLIENT_SECRET: await secret(context.paths, SECRETS.keycloakAdmin),
      },
    });
  },
  ready: async (context) => {
    await retryUntil('Keycloak is not ready', 300_000, async () => {
      const answer = await fetch(`http://127.0.0.1:${PORTS.keycloakManagement}/health/ready`, { signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error(`health answers ${answer.status}`);
    });
    context.progress('realms');
    await ensureRealms(context);
  },
  // kc.sh is a shell around java; the group reaches both, whether or not the shell passes the signal on.
  stop: async (context) => await stopProcess(context.paths, 'keycloak', { group: true, limitMs: 30_000 }),
};

const builtInstall = { name: 'keycloak', key: `${VERSIONS.keycloak}-${RECIPES.keycloak}` } satisfies Pick<CacheEntry, 'name' | 'key'>;

const ARCHIVE_BYTES = 176_448_763;

/** The downloaded archive has its own entry: a changed build recipe does not fetch 176 MB again. */
const archiveInstall = { name: 'keycloak-archive', key: VERSIONS.keycloak } satisfies Pick<CacheEntry, 'name' | 'key'>;

async function build(context: PartContext, folder: string, javaHome: string): Promise<void> {
  const archives = await ensureCached(context, { ...archiveInstall, build: async (target) => await download(context, target) });
  const archive = (await readdir(archives)).find((name) => name.endsWith('.tar.gz'));
  if (!archive) throw new Error(`${archives} holds no archive; remove the folder`);
  context.progress('unpacking');
  await runCommand('tar', ['-xzf', join(archives, archive), '-C', folder, '--strip-components=1', '--no-same-owner']);
  context.progress('building for PostgreSQL');
  await runCommand(join(folder, 'bin', 'kc.sh'), ['build', '--db=postgres', '--health-enabled=true', '--metrics-enabled=true'], {
    env: { JAVA_HOME: javaHome, JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1' },
  });
  await rm(join(folder, 'data', 'tmp'), { recursive: true, force: true });
}

async function download(context: PartContext, target: string): Promise<void> {
  const stop = showDownload(context);
  try {
    const artifact = `org.keycloak:keycloak-quarkus-dist:${VERSIONS.keycloak}:tar.gz`;
    await runMaven(context, ['dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${target}`], target);
  } finally {
    stop();
  }
}

/** Maven shows no progress we could read, but its half-downloaded file grows where we know. */
function showDownload(context: PartContext): () => void {
  const folder = join(homedir(), '.m2/repository/org/keycloak/keycloak-quarkus-dist', VERSIONS.keycloak);
  const timer = setInterval(async () => {
    const names = await readdir(folder).catch(() => []);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0));
    const percent = Math.min(100, Math.round((100 * Math.max(0, ...sizes)) / ARCHIVE_BYTES));
    context.progress(`downloading Keycloak ${percent} % of 176 MB`);
  }, 1000);
  return () => clearInterval(timer);
}

async function options(context: PartContext): Promise<string[]> {
  const pki = await ensureLocalPki(context.paths, context.nodeAddress);
  const database = `jdbc:postgresql://127.0.0.1:${PORTS.postgres}/keycloak?sslmode=verify-full&sslrootcert=${pki.ca}`;
  await readFile(pki.keycloak.key); // A key we cannot read would surface as a Java stack trace.
  return [
    '--http-enabled=false', // http-host is the address of https, too.
    `--http-host=${context.nodeAddress}`,
    `--https-port=${PORTS.keycloak}`,
    `--https-certificate-file=${pki.keycloak.certificate}`,
    `--https-certificate-key-file=${pki.keycloak.key}`,
    `--hostname=${keycloakUrl(context.nodeAddress)}`,
    '--hostname-strict=true',
    '--http-management-host=127.0.0.1',
    `--http-management-port=${PORTS.keycloakManagement}`,
    '--http-management-scheme=http',
    `--db-url=${database}`,
    '--db-username=keycloak',
    '--cache=local',
    '--log-level=INFO,io.smallrye.health:warn', // Our own readiness polling would fill the log.
  ];
}
