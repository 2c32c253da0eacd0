import { readFile } from 'node:fs/promises';
import { runCommand } from '../run-command.ts';

/** Unmounts everything below the folders (and on them), the last mounted first. A busy one is detached. */
export async function unmountBelow(folders: readonly string[]): Promise<void> {
  // A mount can hide others until it is gone, so look again until nothing is left.
  for (let round = 0; round < 5; round += 1) {
    const points = mountPointsBelow(await readFile('/proc/self/mountinfo', 'utf8'), folders);
    if (points.length === 0) return;
    for (const point of points) await runCommand('umount', [point]).catch(() => runCommand('umount', ['-l', point]).catch(() => {}));
  }
  const left = mountPointsBelow(await readFile('/proc/self/mountinfo', 'utf8'), folders);
  if (left.length > 0) throw new Error(`cannot unmount ${left.join(', ')}: see what holds it with \`fuser -vm <path>\``);
}

/** Pure: mount points in mountinfo's text (proc(5)) that are one of the folders or below one, newest first. */
export function mountPointsBelow(mountinfo: string, folders: readonly string[]): string[] {
  return mountinfo
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
    .filter((point) => folders.some((folder) => point === folder || point.startsWith(`${folder}/`)))
    .reverse();
}
