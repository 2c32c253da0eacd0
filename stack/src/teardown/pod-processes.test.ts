import { expect, it } from 'vitest';
import { type ProcessRow, podProcesses } from './pod-processes.ts';

const SOCKET = '/home/me/tenantry/.run/node/containerd.sock';
const shim = (pid: number, socket: string): ProcessRow => ({
  pid,
  parent: 1,
  arguments: ['/usr/bin/containerd-shim-runc-v2', '-namespace', 'k8s.io', '-id', 'aa11', '-address', socket, ''],
  cgroups: '1:name=systemd:/',
});
const plain = (pid: number, parent: number, cgroups = '0::/user'): ProcessRow => ({
  pid,
  parent,
  arguments: ['node', 'main.mjs'],
  cgroups,
});

it('finds the shims of our containerd with everything below them', () => {
  const rows = [plain(30, 20), shim(10, SOCKET), plain(20, 10), plain(40, 1)];
  expect(podProcesses(rows, SOCKET, []).sort()).toEqual([10, 20, 30]);
});

it('leaves the pods of another containerd alone', () => {
  expect(podProcesses([shim(10, '/run/containerd/containerd.sock'), plain(20, 10)], SOCKET, [])).toEqual([]);
});

it('finds the process of a container whose shim is gone by its cgroup', () => {
  const orphan = plain(50, 1, '4:memory:/kubepods/burstable/pod1/bb22');
  const stranger = plain(60, 1, '4:memory:/kubepods/burstable/pod2/cc33');
  expect(podProcesses([orphan, stranger], SOCKET, ['bb22'])).toEqual([50]);
});
