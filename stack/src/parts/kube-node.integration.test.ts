import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { runningStack } from '../../testing/running-stack.ts';
import { ensureBaseImage } from '../images/base-image.ts';
import { POD_BRIDGE } from '../kubernetes/cluster-ranges.ts';
import { kubeFolders } from '../kubernetes/kube-folders.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import { stackContext, upParts } from '../local-stack.ts';
import { BRIDGE } from '../node-address.ts';
import { PORTS } from '../ports.ts';
import { findProcess } from '../process.ts';
import { runCommand } from '../run-command.ts';
import { cleanPods } from '../teardown/clean-pods.ts';
import { kubepodsCgroups, listNftTables, readHostRecord, readSysctl } from '../teardown/host-record.ts';
import { mountPointsBelow } from '../teardown/mounts.ts';
import { restoreHostKeepingAddress } from '../teardown/restore-host.ts';

const NAMESPACE = 'kube-node-test';
const NODE_PROCESSES = ['kubelet', 'kube-proxy', 'containerd'];
const context = { ...stackContext(), progress: () => {} };
const { paths } = context;

/** Answers with its own name; lets a test see the network as a pod sees it. */
const SERVER = `require('node:http').createServer((request, response) => response.end(require('node:os').hostname())).listen(8080);
process.on('SIGTERM', () => process.exit(0));`;

beforeAll(async () => {
  await runningStack('postgres', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'containerd', 'kubelet', 'kube-proxy');
  await apply(web(await ensureBaseImage(context)));
  await rollout();
}, 240_000);

afterAll(async () => {
  await kubectl(paths, ['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=60s']);
}, 90_000);

it('runs pods that answer by the address of their Service and by its port on the node', async () => {
  const pods = (await get('pods', '{.items[*].metadata.name}')).split(' ');
  expect(pods).toHaveLength(2);
  for (const address of [`http://${await get('service/web', '{.spec.clusterIP}')}`, `http://${context.nodeAddress}:${await nodePort()}`]) {
    // kube-proxy hears of a Service up to a second later.
    await eventually(async () => expect(pods).toContain(await answerOf(address)));
  }
});

it('lets a pod reach kube-apiserver, a Service and PostgreSQL, and nothing outside this machine', async () => {
  const script = `const net = require('node:net');
const reach = (host, port) => new Promise((resolve) => {
  const socket = net.connect({ host, port, timeout: 2000 });
  socket.on('connect', () => { socket.destroy(); resolve('open'); });
  socket.on('timeout', () => { socket.destroy(); resolve('no answer'); });
  socket.on('error', (error) => resolve(error.code));
});
const targets = [['10.96.0.1', 443], ['${await get('service/web', '{.spec.clusterIP}')}', 80], ['${context.nodeAddress}', ${PORTS.postgres}], ['192.0.2.1', 80]];
Promise.all(targets.map(([host, port]) => reach(host, port))).then((answers) => console.log(answers.join(',')));`;
  const output = await kubectl(paths, ['exec', '--namespace', NAMESPACE, 'deployment/web', '--', 'node', '-e', script]);
  expect(output.trim()).toBe('open,open,open,ENETUNREACH');
});

it('leaves the host as it was, even when every process of the node was killed with pods running', async () => {
  const before = await readHostRecord(paths);
  for (const name of NODE_PROCESSES) {
    const running = await findProcess(paths, name);
    if (running) process.kill(running.pid, 'SIGKILL');
  }
  await eventually(async () =>
    expect(await Promise.all(NODE_PROCESSES.map((name) => findProcess(paths, name)))).toEqual([undefined, undefined, undefined]),
  );
  expect(await ourMounts(), 'the crash left nothing, so this test shows nothing').not.toEqual([]);

  await cleanPods(paths);
  await restoreHostKeepingAddress(paths);

  expect(await ourMounts()).toEqual([]);
  expect(await podProcessesLeft()).toEqual([]);
  expect(await listNftTables()).toEqual(before?.nftTables);
  expect(await kubepodsCgroups()).toEqual(before?.cgroups);
  const links = JSON.parse(await runCommand('ip', ['-json', 'link'])) as { ifname: string; master?: string }[];
  expect(links.map((link) => link.ifname)).not.toContain(POD_BRIDGE);
  expect(links.filter((link) => link.master === BRIDGE.name || link.master === POD_BRIDGE)).toEqual([]);
  for (const [name, value] of Object.entries(before?.sysctls ?? {})) expect([name, await readSysctl(name)]).toEqual([name, value]);
});

it('runs the same pods again at the next start', async () => {
  const outcomes = await upParts(['kubelet', 'kube-proxy']);
  expect(outcomes.filter((outcome) => outcome.state !== 'ready')).toEqual([]);
  await rollout();
  await eventually(async () => expect(await answerOf(`http://${context.nodeAddress}:${await nodePort()}`)).toMatch(/^web-/));
}, 120_000);

function web(image: string): object[] {
  const metadata = { name: 'web', namespace: NAMESPACE };
  const labels = { app: 'web' };
  const container = {
    name: 'web',
    image,
    imagePullPolicy: 'Never',
    command: ['node', '-e', SERVER],
    readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
  };
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 5, securityContext, containers: [container] } },
      },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { type: 'NodePort', selector: labels, ports: [{ port: 80, targetPort: 8080 }] } },
  ];
}

/** With a limit: a first packet to an address that just went away is never answered. */
async function answerOf(url: string): Promise<string> {
  return await (await fetch(url, { signal: AbortSignal.timeout(1000) })).text();
}

async function apply(objects: readonly object[]): Promise<void> {
  await kubectl(paths, ['apply', '--server-side', '--filename=-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  });
}

async function rollout(): Promise<void> {
  const done = kubectl(paths, ['rollout', 'status', 'deployment/web', '--namespace', NAMESPACE, '--timeout=100s']);
  await done.catch(async (error: Error) => {
    const seen = await kubectl(paths, ['get', 'pods,events', '--namespace', NAMESPACE, '--output=wide']).catch(String);
    throw new Error(`${error.message}\n${seen}`);
  });
}

async function get(what: string, path: string): Promise<string> {
  return await kubectl(paths, ['get', what, '--namespace', NAMESPACE, '--output', `jsonpath=${path}`]);
}

async function nodePort(): Promise<string> {
  return await get('service/web', '{.spec.ports[0].nodePort}');
}

async function ourMounts(): Promise<string[]> {
  const folders = kubeFolders(paths);
  return mountPointsBelow(await readFile('/proc/self/mountinfo', 'utf8'), [
    folders.kubelet,
    folders.containerdState,
    folders.containerdRoot,
  ]);
}

async function podProcessesLeft(): Promise<string[]> {
  const left: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('containerd-shim') && command.includes(kubeFolders(paths).containerdSocket)) left.push(command);
  }
  return left;
}
