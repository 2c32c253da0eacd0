import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeConfig } from '@kubernetes/client-node';
import { SYSTEM_NAMESPACE, TENANTS_NAMESPACE } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { privateApiServer } from '@tenantry/stack/testing/private-api-server.ts';
import { type AuditedCall, auditPolicy, readAudit } from './audit-log.ts';
import { type ReplicaStandIn, replicaStandIn } from './replica-stand-in.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SERVICE_ACCOUNT = 'tenantry-operator';

/**
 * A kube-apiserver of the test's own with our kinds, guard and rights. The operator enters it as its service account, with what
 * manifests/operator-access.yaml grants and nothing else. It has no node: a stand-in says that replicas run, and answers for them.
 */
export interface PrivateCluster extends AsyncDisposable {
  /** Of its administrator. */
  readonly adminKubeconfig: string;
  /** Of the operator's service account. */
  readonly operatorKubeconfig: string;
  /** The same account by another way, e.g. through a proxy. Returns the file. */
  readonly kubeconfigThrough: (server: string) => Promise<string>;
  /** Address and CA, for a proxy. */
  readonly upstream: { readonly url: string; readonly ca: string };
  /** Every call of the operator's service account so far that was answered. */
  readonly calls: () => Promise<readonly AuditedCall[]>;
  readonly kubectl: (...args: string[]) => Promise<string>;
}

/** Takes about 6 s. `manifests`: more files to apply, from the repository's root; `flags`: more of the kube-apiserver's. */
export async function privateCluster(
  options: { readonly manifests?: readonly string[]; readonly flags?: readonly string[] } = {},
): Promise<PrivateCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-cluster-'));
  const policy = join(folder, 'audit-policy.yaml');
  const log = join(folder, 'audit.log');
  const account = `system:serviceaccount:${SYSTEM_NAMESPACE}:${SERVICE_ACCOUNT}`;
  await writeFile(policy, auditPolicy(account));
  const server = await privateApiServer({
    // Addresses of Services are loopback addresses: the stand-in can answer on them without a network of its own.
    flags: [
      `--service-cluster-ip-range=127.${64 + Math.floor(Math.random() * 60)}.0.0/16`,
      // As on OpenShift: who makes a child must be allowed to hold its owner up.
      '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
      `--audit-policy-file=${policy}`,
      `--audit-log-path=${log}`,
      ...(options.flags ?? []),
    ],
  });
  let standIn: ReplicaStandIn | undefined;
  const dispose = async (): Promise<void> => {
    await standIn?.[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  const kubectl = async (...args: string[]): Promise<string> => {
    const { code, output } = await server.kubectl(...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${output}`);
    return output;
  };
  try {
    const files = [
      'crds/tenantry.dev_tenants.yaml',
      'crds/tenantry.dev_tenantclasses.yaml',
      'crds/tenantry.dev_tenantaccesses.yaml',
      'crds/tenantry.dev_tenantbackups.yaml',
      'crds/tenantry.dev_tenantrestores.yaml',
      'crds/policies',
      'manifests/namespaces.yaml',
      'manifests/operator-access.yaml',
      ...(options.manifests ?? []),
    ];
    // Namespaces appear in the same breath as what goes into them: the second time everything has its place.
    await eventually(() => kubectl('apply', ...files.flatMap((file) => ['-f', join(ROOT, file)])), { limitMs: 20_000, everyMs: 300 });
    await kubectl(
      'wait',
      '--for=condition=Established',
      'crd/tenants.tenantry.dev',
      'crd/tenantclasses.tenantry.dev',
      'crd/tenantaccesses.tenantry.dev',
      'crd/tenantbackups.tenantry.dev',
      'crd/tenantrestores.tenantry.dev',
    );
    const token = (await kubectl('create', 'token', SERVICE_ACCOUNT, '--namespace', SYSTEM_NAMESPACE, '--duration=24h')).trim();
    const admin = new KubeConfig();
    admin.loadFromFile(server.kubeconfigFile);
    const cluster = admin.getCurrentCluster();
    if (cluster === null) throw new Error('the private API server has no address');
    const ca =
      cluster.caData === undefined ? await readFile(cluster.caFile ?? '', 'utf8') : Buffer.from(cluster.caData, 'base64').toString();
    let written = 0;
    const kubeconfigThrough = async (url: string): Promise<string> => {
      const file = join(folder, `kubeconfig-${written++}`);
      await writeFile(file, kubeconfigOf(url, ca, token), { mode: 0o600 });
      return file;
    };
    standIn = await replicaStandIn(server.kubeconfigFile, TENANTS_NAMESPACE);
    return {
      adminKubeconfig: server.kubeconfigFile,
      operatorKubeconfig: await kubeconfigThrough(cluster.server),
      kubeconfigThrough,
      upstream: { url: cluster.server, ca },
      calls: () => readAudit(log),
      kubectl,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** JSON is YAML. A proxy of the test speaks plain HTTP, which client-node takes only from who does not check certificates. */
function kubeconfigOf(server: string, ca: string, token: string): string {
  const trust = server.startsWith('https:')
    ? { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
    : { 'insecure-skip-tls-verify': true };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'private', cluster: { server, ...trust } }],
    users: [{ name: SERVICE_ACCOUNT, user: { token } }],
    contexts: [{ name: 'private', context: { cluster: 'private', user: SERVICE_ACCOUNT } }],
    'current-context': 'private',
  });
}
