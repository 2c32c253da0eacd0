import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NODE_NAME } from './node-address.ts';
import type { Paths } from './paths.ts';
import { PORTS } from './ports.ts';
import { runCommand } from './run-command.ts';

/** A certificate and its key, as PEM files. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Our own CA for PostgreSQL, Keycloak and later servers. Clients trust `ca` and nothing else. */
export interface LocalPki {
  readonly ca: string;
  readonly postgres: KeyPair;
  readonly keycloak: KeyPair;
  readonly pgbouncer: KeyPair;
}

/** The cluster's PKI: files of `folder` as kubernetes components expect them; see `KUBE_CERTIFICATES` for the names. */
export interface KubePki {
  readonly folder: string;
  readonly ca: string;
  /** Full rights (system:masters); for the stack's own kubectl. */
  readonly adminKubeconfig: string;
  readonly file: (name: string) => string;
}

interface CertificateSpec {
  readonly name: string;
  readonly subject: string;
  readonly ca: string;
  readonly usage: 'serverAuth' | 'clientAuth';
  readonly names?: readonly string[];
}

const DAYS = 3650;
const KUBECONFIGS = ['admin', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet'] as const;

/** CA and server certificates of our servers, made when missing, expiring within 30 days, or made for another address. */
export async function ensureLocalPki(paths: Paths, nodeAddress: string): Promise<LocalPki> {
  const folder = join(paths.pki, 'local');
  const names = [...new Set([`IP:${nodeAddress}`, 'IP:127.0.0.1', 'DNS:localhost'])];
  await once(folder, async () => {
    await ensureCa(folder, 'ca', 'tenantry-local-ca');
    for (const name of ['postgres', 'keycloak', 'pgbouncer'])
      await ensureCertificate(folder, { name, subject: `/CN=${name}`, ca: 'ca', usage: 'serverAuth', names });
  });
  const pair = (name: string): KeyPair => ({ certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) });
  return { ca: join(folder, 'ca.crt'), postgres: pair('postgres'), keycloak: pair('keycloak'), pgbouncer: pair('pgbouncer') };
}

/** The cluster's CA, front-proxy CA, service-account key, certificates and kubeconfigs. */
export async function ensureKubePki(paths: Paths, nodeAddress: string): Promise<KubePki> {
  const folder = join(paths.pki, 'kube');
  await once(folder, async () => {
    await ensureCa(folder, 'ca', 'kubernetes-ca');
    await ensureCa(folder, 'front-proxy-ca', 'front-proxy-ca');
    await ensureServiceAccountKey(folder);
    for (const spec of kubeCertificates(nodeAddress)) await ensureCertificate(folder, spec);
    for (const user of KUBECONFIGS) await replaceFile(join(folder, `${user}.kubeconfig`), kubeconfig(folder, user, nodeAddress));
  });
  const file = (name: string): string => join(folder, name);
  return { folder, ca: file('ca.crt'), adminKubeconfig: file('admin.kubeconfig'), file };
}

function kubeCertificates(nodeAddress: string): CertificateSpec[] {
  const service = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local', 'localhost'];
  const node = `/O=system:nodes/CN=system:node:${NODE_NAME}`;
  const client = (name: string, subject: string, ca = 'ca'): CertificateSpec => ({ name, subject, ca, usage: 'clientAuth' });
  return [
    {
      name: 'apiserver',
      subject: '/CN=kube-apiserver',
      ca: 'ca',
      usage: 'serverAuth',
      names: [...service.map((name) => `DNS:${name}`), 'IP:127.0.0.1', 'IP:10.96.0.1', `IP:${nodeAddress}`],
    },
    client('apiserver-kubelet', '/O=system:masters/CN=kube-apiserver-kubelet-client'),
    client('front-proxy', '/CN=front-proxy-client', 'front-proxy-ca'),
    client('admin', '/O=system:masters/CN=admin'),
    client('kube-controller-manager', '/CN=system:kube-controller-manager'),
    client('kube-scheduler', '/CN=system:kube-scheduler'),
    client('kube-proxy', '/CN=system:kube-proxy'),
    client('kubelet', node),
    {
      name: 'kubelet-server',
      subject: node,
      ca: 'ca',
      usage: 'serverAuth',
      names: [`DNS:${NODE_NAME}`, 'IP:127.0.0.1', `IP:${nodeAddress}`],
    },
  ];
}

/** Parts start in parallel and ask at once; one set of files is made by one of them. Other processes wait at the stack's lock. */
const underWay = new Map<string, Promise<void>>();

async function once(folder: string, make: () => Promise<void>): Promise<void> {
  const running = underWay.get(folder);
  if (running) return await running;
  const made = mkdir(folder, { recursive: true, mode: 0o700 })
    .then(make)
    .finally(() => underWay.delete(folder));
  underWay.set(folder, made);
  await made;
}

async function ensureCa(folder: string, name: string, commonName: string): Promise<void> {
  if (await readCertificate(join(folder, `${name}.crt`))) return;
  await runCommand('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', String(DAYS)],
    ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`), '-subj', `/CN=${commonName}`],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature'],
  ]);
}

/** Renamed into place: a server that starts meanwhile never reads half a file. */
async function replaceFile(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function ensureServiceAccountKey(folder: string): Promise<void> {
  const [key, publicKey] = [join(folder, 'sa.key'), join(folder, 'sa.pub')];
  if ((await readFile(publicKey, 'utf8').catch(() => '')).includes('PUBLIC KEY')) return;
  await runCommand('openssl', ['genrsa', '-out', key, '2048']);
  await runCommand('openssl', ['rsa', '-in', key, '-pubout', '-out', publicKey]);
}

async function ensureCertificate(folder: string, spec: CertificateSpec): Promise<void> {
  const file = (ending: string): string => join(folder, `${spec.name}.${ending}`);
  const [certificate, ca] = [await readCertificate(file('crt')), await readCertificate(join(folder, `${spec.ca}.crt`))];
  if (certificate && ca && certificate.verify(ca.publicKey) && hasNames(certificate, spec.names ?? [])) return;
  await runCommand('openssl', [
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', file('key'), '-out', file('csr'), '-subj', spec.subject],
  ]);
  const extensions = ['keyUsage=critical,digitalSignature', `extendedKeyUsage=${spec.usage}`];
  if (spec.names) extensions.push(`subjectAltName=${spec.names.join(',')}`);
  await writeFile(file('ext'), `${extensions.join('\n')}\n`);
  await runCommand('openssl', [
    ...['x509', '-req', '-in', file('csr'), '-CA', join(folder, `${spec.ca}.crt`), '-CAkey', join(folder, `${spec.ca}.key`)],
    ...['-CAcreateserial', '-days', String(DAYS), '-extfile', file('ext'), '-out', file('crt.new')],
  ]);
  await rename(file('crt.new'), file('crt')); // Last: a certificate that is there is whole, and belongs to the key beside it.
  await rm(file('csr'));
  await rm(file('ext'));
}

/** Nothing when it is missing, unreadable or ends within 30 days. */
async function readCertificate(file: string): Promise<X509Certificate | undefined> {
  try {
    const certificate = new X509Certificate(await readFile(file));
    return certificate.validToDate.getTime() - Date.now() > 30 * 86_400_000 ? certificate : undefined;
  } catch {
    return undefined;
  }
}

function hasNames(certificate: X509Certificate, names: readonly string[]): boolean {
  const present = new Set((certificate.subjectAltName ?? '').split(', ').map((name) => name.replace(/^IP Address:/, 'IP:')));
  return names.every((name) => present.has(name));
}

function kubeconfig(folder: string, user: string, nodeAddress: string): string {
  const cluster = { server: `https://${nodeAddress}:${PORTS.kubeApiserver}`, 'certificate-authority': join(folder, 'ca.crt') };
  const credentials = { 'client-certificate': join(folder, `${user}.crt`), 'client-key': join(folder, `${user}.key`) };
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'tenantry', cluster }],
      users: [{ name: user, user: credentials }],
      contexts: [{ name: 'tenantry', context: { cluster: 'tenantry', user } }],
      'current-context': 'tenantry',
    },
    null,
    2,
  )}\n`;
}
