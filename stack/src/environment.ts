import { homedir } from 'node:os';
import { join } from 'node:path';

/** The variables the stack obeys. Everything else of the environment is ignored, KUBECONFIG above all: tests must not write into somebody's cluster. */
export interface StackEnvironment {
  /** Run state instead of `.run/` in the checkout: `TENANTRY_RUN_DIR`. */
  readonly runFolder: string | undefined;
  /** Installs: `TENANTRY_CACHE_DIR`, else `~/.cache/tenantry`. */
  readonly cacheFolder: string;
  /** Where JDK 17 or newer is, when not the one on the PATH: `JAVA_HOME`. */
  readonly javaHome: string | undefined;
  /** Electron, unpacked, instead of the package's own download: `ELECTRON_OVERRIDE_DIST_PATH`. */
  readonly electronFolder: string | undefined;
}

/** The only reader of `process.env` in the stack. */
export function stackEnvironment(): StackEnvironment {
  const env = process.env;
  return {
    runFolder: env.TENANTRY_RUN_DIR || undefined,
    cacheFolder: env.TENANTRY_CACHE_DIR || join(homedir(), '.cache', 'tenantry'),
    javaHome: env.JAVA_HOME || undefined,
    electronFolder: env.ELECTRON_OVERRIDE_DIST_PATH || undefined,
  };
}

/** What started programs inherit: enough to find tools, nothing that steers them. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = [
    'PATH',
    'HOME',
    'TMPDIR',
    'USER',
    'LOGNAME',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'no_proxy',
  ];
  const environment: Record<string, string> = { LANG: 'C.UTF-8' };
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...extra };
}

/** Everything, for a program that is a person's own: it wants their display and their keyring. */
export function wholeEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...extra };
}
