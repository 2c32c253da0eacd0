import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireHealthy } from '../src/kubernetes/health-probe.ts';
import { hyperkubeBinary, hyperkubeIsInstalled } from '../src/kubernetes/hyperkube-install.ts';
import { pathsIn, stackPaths } from '../src/paths.ts';
import { ensureKubePki, type KubePki } from '../src/pki.ts';
import { retryUntil } from '../src/retry-until.ts';
import { freePort } from './free-port.ts';

/**
 * A kube-apiserver with its own etcd, for tests that kill it, fill it, or bring other custom resources than the running platform has.
 * No controllers and no node: objects are stored, validated, defaulted and watched, nothing more.
 */
export interface PrivateApiServer extends AsyncDisposable {
  /** Of its administrator. */
  readonly kubeconfigFile: string;
  /** SIGKILL, as a crash would; etcd and what it holds stay. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same port and resolves when it is ready. */
  readonly start: () => Promise<void>;
  /** Runs kubectl against it; resolves with what it printed, whatever its exit code. */
  readonly kubectl: (...args: string[]) => Promise<{ readonly code: number; readonly output: string }>;
}

/** Takes about 4 s. `flags` come last, so they override. @throws naming the fix when the Kubernetes binary has not been built. */
export async function privateApiServer(options: { readonly flags?: readonly string[] } = {}): Promise<PrivateApiServer> {
  const stack = stackPaths();
  if (!(await hyperkubeIsInstalled(stack))) throw new Error('Kubernetes is not built yet: `npm run stack -- up hyperkube` builds it');
  const binary = await hyperkubeBinary(stack);
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-api-server-'));
  const [etcdPort, peerPort, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const paths = pathsIn(stack.root, folder, stack.cache);
  await mkdir(paths.pki, { recursive: true });
  const pki = await ensureKubePki(paths, '127.0.0.1');
  const kubeconfigFile = join(folder, 'kubeconfig');
  const kubeconfig = await readFile(pki.adminKubeconfig, 'utf8');
  await writeFile(kubeconfigFile, kubeconfig.replace(/https:\/\/127\.0\.0\.1:\d+/, `https://127.0.0.1:${port}`), { mode: 0o600 });

  const etcd = run(binary, etcdFlags(folder, etcdPort, peerPort), join(folder, 'etcd.log'));
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    server = run(binary, [...apiServerFlags(pki, etcdPort, port), ...(options.flags ?? [])], join(folder, 'kube-apiserver.log'));
    await retryUntil('the private kube-apiserver is not ready', 60_000, () =>
      requireHealthy({ url: `https://127.0.0.1:${port}/readyz`, ca: pki.ca }),
    );
  };
  const dispose = async (): Promise<void> => {
    await end(server);
    await end(etcd);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    kubeconfigFile,
    start,
    kill: () => end(server),
    kubectl: (...args) => kubectl(binary, kubeconfigFile, args),
    [Symbol.asyncDispose]: dispose,
  };
}

function etcdFlags(folder: string, port: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    'etcd',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync', // The data ends with the test.
    '--log-level=warn',
  ];
}

function apiServerFlags(pki: KubePki, etcdPort: number, port: number): string[] {
  return [
    'kube-apiserver',
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--endpoint-reconciler-type=none',
    '--authorization-mode=RBAC',
    `--client-ca-file=${pki.ca}`,
    `--tls-cert-file=${pki.file('apiserver.crt')}`,
    `--tls-private-key-file=${pki.file('apiserver.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pki.file('sa.pub')}`,
    `--service-account-signing-key-file=${pki.file('sa.key')}`,
    '--profiling=false',
  ];
}

function run(binary: string, args: readonly string[], log: string): ChildProcess {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = createWriteStream(log, { flags: 'a' });
  child.stdout?.pipe(output, { end: false });
  child.stderr?.pipe(output, { end: false });
  // A test run that ends early takes its servers along.
  const endWithUs = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  return child;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function kubectl(binary: string, kubeconfigFile: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(binary, ['kubectl', '--kubeconfig', kubeconfigFile, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, output };
}
