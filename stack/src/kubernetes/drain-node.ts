import { NODE_NAME } from '../node-address.ts';
import type { Paths } from '../paths.ts';
import { findProcess } from '../process.ts';
import { kubectl } from './kubectl.ts';

/** Longer than any pod's own grace period here. */
const LIMIT_SECONDS = 45;

/**
 * Closes the node and deletes its pods, so that each gets SIGTERM and its grace period, and kubelet takes down its mounts and addresses.
 * Their successors wait unscheduled for the next start. Does nothing when kubelet or kube-apiserver is not there to do it: then teardown
 * ends what is left.
 */
export async function drainNode(paths: Paths, progress: (text: string) => void): Promise<void> {
  const running = await Promise.all(['kubelet', 'kube-apiserver', 'containerd'].map((name) => findProcess(paths, name)));
  if (!running.every(Boolean)) return;
  progress('ending pods');
  try {
    await kubectl(paths, ['cordon', NODE_NAME], { limitMs: 10_000 });
    const selection = ['--all-namespaces', `--field-selector=spec.nodeName=${NODE_NAME}`];
    await kubectl(paths, ['delete', 'pods', ...selection, `--timeout=${LIMIT_SECONDS}s`], { limitMs: (LIMIT_SECONDS + 5) * 1000 });
  } catch (error) {
    progress(`pods did not end in order: ${(error as Error).message}`);
  }
}

/** Lets pods be scheduled again. */
export async function reopenNode(paths: Paths): Promise<void> {
  await kubectl(paths, ['uncordon', NODE_NAME]);
}
