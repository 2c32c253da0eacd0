import { expect, it } from 'vitest';
import { mountPointsBelow } from './mounts.ts';

const line = (id: number, point: string): string => `${id} 20 0:50 / ${point} rw,relatime shared:1 - tmpfs tmpfs rw`;

it('takes the folder itself and what is below it, the newest first, and no neighbour with the same beginning', () => {
  const mountinfo = [line(1, '/'), line(2, '/run/kubelet'), line(3, '/run/kubelet-of-another'), line(4, '/run/kubelet/pods/a')].join('\n');
  expect(mountPointsBelow(mountinfo, ['/run/kubelet'])).toEqual(['/run/kubelet/pods/a', '/run/kubelet']);
});

it('reads paths with spaces', () => {
  expect(mountPointsBelow(line(1, String.raw`/my\040run/kubelet`), ['/my run'])).toEqual(['/my run/kubelet']);
});
