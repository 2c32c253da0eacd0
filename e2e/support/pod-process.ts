import { readdirSync, readFileSync } from 'node:fs';
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

/** Sets how many replicas a part of the platform has, and waits until it is so: at 0, until the last process is gone. */
export async function scalePlatform(deployment: string, replicas: number): Promise<void> {
  await kubectl(['scale', 'deployment', deployment, '--namespace', SYSTEM_NAMESPACE, `--replicas=${replicas}`]);
  await eventually(
    async () => {
      const pods = await podsOf(deployment);
      const ready = pods.filter(({ status }) => status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'));
      if (pods.length !== replicas || ready.length !== replicas)
        throw new Error(`${deployment} has ${ready.length} ready of ${pods.length} pods, not ${replicas}`);
    },
    { limitMs: 60_000, everyMs: 250 },
  );
}

/** Kills the processes of a part of the platform with SIGKILL, as the kernel does when memory is short. Returns how many. */
export async function killPlatform(deployment: string): Promise<number> {
  const uids = (await podsOf(deployment)).map(({ metadata }) => metadata.uid);
  const victims = uids.flatMap(processesOfPod);
  for (const pid of victims) process.kill(pid, 'SIGKILL');
  return victims.length;
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
