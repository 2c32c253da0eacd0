import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SYSTEM_NAMESPACE } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { kubectl, kubectlGet } from './kubectl.ts';

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
}

/** Pods of one Deployment of the platform that are not on their way out. */
async function podsOf(deployment: string): Promise<PodList['items']> {
  const { items } = await kubectlGet<PodList>(
    'pods',
    '--namespace',
    SYSTEM_NAMESPACE,
    '--selector',
    `app.kubernetes.io/name=${deployment}`,
  );
  return items;
}

function isReady({ status }: PodList['items'][number]): boolean {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}

/** Sets how many replicas a part of the platform has, and waits until it is so: at 0, until the last process is gone. */
export async function scalePlatform(deployment: string, replicas: number): Promise<void> {
  await kubectl(['scale', 'deployment', deployment, '--namespace', SYSTEM_NAMESPACE, `--replicas=${replicas}`]);
  await eventually(
    async () => {
      const pods = await podsOf(deployment);
      const ready = pods.filter(isReady);
      if (pods.length !== replicas || ready.length !== replicas)
        throw new Error(`${deployment} has ${ready.length} ready of ${pods.length} pods, not ${replicas}`);
    },
    { limitMs: 60_000, everyMs: 250 },
  );
}

/** Removes the pods of a part of the platform as they are, without a farewell, and waits until others are ready in their place. */
export async function replacePods(deployment: string): Promise<void> {
  const before = await podsOf(deployment);
  const names = before.map(({ metadata }) => metadata.name);
  await kubectl(['delete', 'pods', ...names, '--namespace', SYSTEM_NAMESPACE, '--grace-period=0', '--force', '--ignore-not-found']);
  await eventually(
    async () => {
      const ready = (await podsOf(deployment)).filter((pod) => isReady(pod) && !names.includes(pod.metadata.name));
      if (ready.length !== before.length)
        throw new Error(`${deployment} has ${ready.length} new pods that are ready, not ${before.length}`);
    },
    { limitMs: 90_000, everyMs: 250 },
  );
}

/** Kills the processes of a part of the platform with SIGKILL, as the kernel does when memory is short. Returns how many. */
export async function killPlatform(deployment: string): Promise<number> {
  const uids = (await podsOf(deployment)).map(({ metadata }) => metadata.uid);
  const victims = uids.flatMap(processesOfPod);
  for (const pid of victims) process.kill(pid, 'SIGKILL');
  return victims.length;
}

/** Holds the processes of a part of the platform still for so long, as a machine does that is short of everything, and lets them go on. */
export async function holdStill(deployment: string, forMs: number): Promise<void> {
  const pids = (await podsOf(deployment)).flatMap(({ metadata }) => processesOfPod(metadata.uid));
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await sleep(forMs);
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

/** Host pids of a pod's containers, the sandbox's own left out. */
function processesOfPod(uid: string): readonly number[] {
  const marks = [uid, uid.replaceAll('-', '_')];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      const cgroup = readOrEmpty(`/proc/${pid}/cgroup`);
      return marks.some((mark) => cgroup.includes(mark)) && !readOrEmpty(`/proc/${pid}/cmdline`).startsWith('/pause');
    })
    .map(Number);
}

/** A process may end between two looks. */
function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
