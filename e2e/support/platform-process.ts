import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SYSTEM_NAMESPACE } from '@tenantry/contracts';
import { kubectlGet } from './kubectl.ts';
import { localPlatform } from './local-platform.ts';

const root = resolve(import.meta.dirname, '../..');

/** Exit code of a failpoint: as if the kernel had killed the process. */
export const KILLED = 137;

/** A part of the platform that runs outside the cluster, from the sources, so that a failpoint can kill it. */
export interface PlatformProcess {
  /** Resolves to the exit code; to 137 for SIGKILL. */
  readonly exit: Promise<number>;
  /** Ends it in its own orderly way and waits. */
  readonly stop: () => Promise<void>;
  /** Its log, for the message of a failed test. */
  readonly logFile: string;
}

/** Starts the operator with the deployed operator's own cell, CA, credentials and image. `name` says which Tenants are its. */
export async function startOperator(options: { readonly name: string; readonly crashAfter?: number }): Promise<PlatformProcess> {
  return start('operator/src/main.ts', {
    ...(await mountedFiles()),
    KUBECONFIG_FILE: localPlatform().kubectl.kubeconfig,
    SERVICE_IMAGE: await deployedServiceImage(),
    OPERATOR_NAME: options.name,
    METRICS_HOST: '127.0.0.1',
    ...(options.crashAfter === undefined ? {} : { CRASH_AFTER: String(options.crashAfter) }),
  });
}

/** Starts a relay beside or instead of the deployed one. `crashAfter` is a failpoint of the service, e.g. `relay.produced:1`. */
export async function startRelay(options: { readonly crashAfter?: string } = {}): Promise<PlatformProcess> {
  return start('tenant-service/src/main.ts', {
    ...(await mountedFiles()),
    TENANTRY_ROLE: 'relay',
    ...(options.crashAfter === undefined ? {} : { CRASH_AFTER: options.crashAfter }),
  });
}

/** What the pods have mounted, as files: the ConfigMap from the cluster, the secrets from where the stack keeps them. */
async function mountedFiles(): Promise<Record<string, string>> {
  const { data } = await kubectlGet<{ data: Readonly<Record<string, string>> }>(
    'configmap',
    'tenantry-cells',
    '--namespace',
    SYSTEM_NAMESPACE,
  );
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-e2e-'));
  for (const [file, text] of Object.entries(data)) writeFileSync(join(folder, file), text);
  return { CELLS_FILE: join(folder, 'cells.json'), CA_FILE: join(folder, 'ca.crt'), SECRETS_DIR: localPlatform().secretsFolder };
}

async function deployedServiceImage(): Promise<string> {
  const { spec } = await kubectlGet<{ spec: { template: { spec: { containers: readonly { image: string }[] } } } }>(
    'deployment',
    'tenantry-api',
    '--namespace',
    SYSTEM_NAMESPACE,
  );
  const image = spec.template.spec.containers[0]?.image;
  if (image === undefined) throw new Error('deployment tenantry-api has no container');
  return image;
}

function start(entry: string, environment: Readonly<Record<string, string>>): PlatformProcess {
  const folder = join(root, '.run', 'logs', 'e2e');
  mkdirSync(folder, { recursive: true });
  const child = spawn(process.execPath, [join(root, entry)], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'development', METRICS_PORT: '0', DRIFT_CHECK_INTERVAL: '5s', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const logFile = join(folder, `${entry.split('/')[0]}-${child.pid}.log`);
  const log = createWriteStream(logFile);
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const exit = exitOf(child);
  void exit.finally(() => log.end());
  return {
    exit,
    logFile,
    stop: async () => {
      child.kill('SIGTERM');
      await exit;
    },
  };
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? KILLED : 1)));
  });
}
