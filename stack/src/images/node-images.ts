import { kubeFolders } from '../kubernetes/kube-folders.ts';
import type { Paths } from '../paths.ts';
import { runCommand } from '../run-command.ts';

/** True when the node's containerd has an image of this name. */
export async function nodeHasImage(paths: Paths, image: string): Promise<boolean> {
  return (await ctr(paths, ['images', 'list', '--quiet', `name==${image}`])).trim() === image;
}

/** Gives the node an image from an archive. There is no registry: what is not imported cannot be run. */
export async function importImage(paths: Paths, archive: string): Promise<void> {
  await ctr(paths, ['images', 'import', archive]);
}

async function ctr(paths: Paths, args: readonly string[]): Promise<string> {
  return await runCommand('ctr', ['--address', kubeFolders(paths).containerdSocket, '--namespace', 'k8s.io', ...args]);
}
