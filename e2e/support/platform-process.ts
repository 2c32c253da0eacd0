import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { deployedSettings } from '@tenantry/stack/deploy/deployed-settings.ts';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { bundledProgram } from '@tenantry/stack/testing/bundled-program.ts';

const root = resolve(import.meta.dirname, '../..');

/** Exit code of a failpoint: as if the kernel had killed the process. */
export const KILLED = 137;

/** A part of the platform that runs outside the cluster, so that a failpoint can kill it. */
export interface PlatformProcess {
  /** Resolves to the exit code; to 137 for SIGKILL. */
  readonly exit: Promise<number>;
  /** Ends it in its own orderly way and waits. */
  readonly stop: () => Promise<void>;
  /** Its log, for the message of a failed test. */
  readonly logFile: string;
}

/** What every process of the platform is told, and the programs themselves. Made once, used by many processes. */
export interface PlatformSources {
  /** The deployed one's own cell, CA, credentials and image. */
  readonly environment: Readonly<Record<string, string>>;
  /** The same bundles as in the images: they start in a third of the time the sources take. */
  readonly operator: string;
  readonly service: string;
}

/** @see PlatformSources */
export async function platformSources(): Promise<PlatformSources> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-e2e-'));
  return {
    environment: await deployedSettings(stackPaths(), folder),
    operator: await bundledProgram('tenantry-operator'),
    service: await bundledProgram('tenantry-service'),
  };
}

/** Starts an operator. `name` says which Tenants are its; `crashAfter` after how many outside effects it dies. */
export function startOperator(
  sources: PlatformSources,
  options: { readonly name: string; readonly crashAfter: number | undefined },
): PlatformProcess {
  return start(sources.operator, 'operator', {
    ...sources.environment,
    OPERATOR_NAME: options.name,
    ...(options.crashAfter === undefined ? {} : { CRASH_AFTER: String(options.crashAfter) }),
  });
}

/** Starts a relay instead of the deployed one. `crashAfter` is a failpoint of the service, e.g. `relay.produced:1`. */
export function startRelay(sources: PlatformSources, options: { readonly crashAfter: string }): PlatformProcess {
  return start(sources.service, 'relay', {
    ...sources.environment,
    TENANTRY_ROLE: 'relay',
    CRASH_AFTER: options.crashAfter,
  });
}

/** Starts a job worker beside the deployed one. It looks for what is old all the time. `crashAfter` is a failpoint of the service, e.g. `archive.stored:1`. */
export function startJobWorker(sources: PlatformSources, options: { readonly crashAfter?: string } = {}): PlatformProcess {
  return start(sources.service, 'job-worker', {
    ...sources.environment,
    TENANTRY_ROLE: 'job-worker',
    JOB_CLEAN_MS: '250',
    JOB_LEASE_MS: '1000',
    ...(options.crashAfter === undefined ? {} : { CRASH_AFTER: options.crashAfter }),
  });
}

function start(program: string, name: string, environment: Readonly<Record<string, string>>): PlatformProcess {
  const folder = join(root, '.run', 'logs', 'e2e');
  mkdirSync(folder, { recursive: true });
  const child = spawn(process.execPath, ['--enable-source-maps', program], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', NODE_ENV: 'development', METRICS_PORT: '0', DRIFT_CHECK_INTERVAL: '5s', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const logFile = join(folder, `${name}-${child.pid}.log`);
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
