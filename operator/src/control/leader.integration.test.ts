import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type PrivateApiServer, privateApiServer } from '@tenantry/stack/testing/private-api-server.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KubeClient } from './kube-client.ts';
import { LEASES } from './lease.ts';

const SCRIPT = fileURLToPath(new URL('testing/leader-process.ts', import.meta.url));

let server: PrivateApiServer;
let client: KubeClient;
/** What all processes printed, in the order it arrived. */
let lines: string[] = [];
const processes: ChildProcess[] = [];

beforeAll(async () => {
  server = await privateApiServer();
  client = KubeClient.fromKubeconfig(server.kubeconfigFile);
});

afterEach(async () => {
  for (const process of processes.splice(0)) process.kill('SIGKILL');
  await client.delete(LEASES, { namespace: 'default', name: 'leader-test' });
  lines = [];
});

afterAll(async () => {
  await client?.close();
  await server?.[Symbol.asyncDispose]();
});

function begin(identity: string): ChildProcess {
  const child = spawn(process.execPath, [SCRIPT, server.kubeconfigFile, identity], { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  processes.push(child);
  return child;
}

/** When the process acted as leader, by the wall clock both processes share. */
const acts = (identity: string) =>
  lines.flatMap((line) => (new RegExp(`^${identity} \\d+$`).test(line) ? [Number(line.split(' ')[1])] : []));
const isLeading = (identity: string) => eventually(() => expect(acts(identity).length).toBeGreaterThan(0), { limitMs: 20_000 });

async function twoProcesses() {
  const first = begin('first');
  await isLeading('first');
  const second = begin('second');
  await eventually(() => expect(lines).toContain('second campaigns'), { limitMs: 30_000 });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(acts('second')).toEqual([]);
  return { first, second };
}

describe('LeaderElection between two processes', () => {
  it('hands over without waiting for the lease to run out when the leader is told to stop', async () => {
    const { first } = await twoProcesses();
    first.kill('SIGTERM');
    await isLeading('second');
    const [last, next] = [acts('first').at(-1) ?? 0, acts('second')[0] ?? 0];
    expect(next).toBeGreaterThan(last);
    // Without a release the lease would have to run out first: 3 s.
    expect(next - last).toBeLessThan(2_900);
    expect(lines).toContain('first stopped');
  });

  it('hands over when the leader is killed, once its lease has run out', async () => {
    const { first } = await twoProcesses();
    first.kill('SIGKILL');
    await isLeading('second');
    const gap = (acts('second')[0] ?? 0) - (acts('first').at(-1) ?? 0);
    expect(gap).toBeGreaterThan(2_500);
    expect(gap).toBeLessThan(8_000);
    const lease = await client.get(LEASES, { namespace: 'default', name: 'leader-test' });
    expect(lease?.spec).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
  });

  it('refuses a leader that was paused and comes back: it acts no more, not even once', async () => {
    const { first } = await twoProcesses();
    first.kill('SIGSTOP');
    await isLeading('second');
    const resumedAt = Date.now();
    first.kill('SIGCONT');
    await eventually(() => expect(lines).toContain('first lost'));
    expect(acts('first').filter((time) => time >= resumedAt)).toEqual([]);
    expect(Math.max(...acts('first'))).toBeLessThan(Math.min(...acts('second')));
  });

  it('stops acting while the API server is away, and one leads again when it is back', async () => {
    await twoProcesses();
    await server.kill();
    const killedAt = Date.now();
    await eventually(() => expect(lines).toContain('first lost'), { limitMs: 15_000 });
    expect((acts('first').at(-1) ?? 0) - killedAt).toBeLessThan(2_500);
    await server.start();
    lines = [];
    await eventually(() => expect(acts('first').length + acts('second').length).toBeGreaterThan(5), { limitMs: 30_000 });
    expect(acts('first').length === 0 || acts('second').length === 0).toBe(true);
  });
});
