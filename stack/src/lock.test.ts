import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tryLock, waitForLock } from './lock.ts';
import { claimMachine, machineClaim, releaseMachine } from './machine-lock.ts';
import { makeFolders, pathsIn } from './paths.ts';
import { identityOf, startProcess, stopProcess } from './process.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  file = join(folder, 'lock');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

it('tells the second who holds it and since when', async () => {
  const first = await tryLock(file, 'installing kafka');
  expect(first).toHaveProperty('release');
  expect(await tryLock(file, 'installing kafka')).toMatchObject({ pid: process.pid, purpose: 'installing kafka' });
});

it('is free again after release', async () => {
  await using lock = await waitForLock(file, 'one', () => {});
  await lock.release();
  expect(await tryLock(file, 'two')).toHaveProperty('release');
});

it('is taken over from a dead process', async () => {
  await writeFile(file, JSON.stringify({ ...(await deadIdentity()), purpose: 'x', since: new Date().toISOString() }));
  expect(await tryLock(file, 'mine')).toHaveProperty('release');
});

it('goes to exactly one of many who find a dead holder', async () => {
  await writeFile(file, JSON.stringify({ ...(await deadIdentity()), purpose: 'x', since: new Date().toISOString() }));
  const results = await Promise.all(Array.from({ length: 10 }, () => tryLock(file, 'mine')));
  expect(results.filter((result) => 'release' in result)).toHaveLength(1);
});

it('lets one after the other in', async () => {
  let [inside, most] = [0, 0];
  const visit = async (): Promise<void> => {
    await using _lock = await waitForLock(file, 'visit', () => {});
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside -= 1;
  };
  await Promise.all([visit(), visit(), visit()]);
  expect(most).toBe(1);
});

it('the machine belongs to a checkout as long as one of its parts runs, even after the command ended', async () => {
  const [ours, theirs] = ['ours', 'theirs'].map((name) => pathsIn(folder, join(folder, name), join(folder, 'cache')));
  if (!ours || !theirs) throw new Error('two checkouts');
  await makeFolders(theirs);
  await startProcess(theirs, { name: 'part', command: 'sleep', args: ['60'] });
  const ended = { ...(await deadIdentity()), run: theirs.run, since: '2026-01-01T00:00:00Z' };
  await writeFile(file, JSON.stringify(ended));
  await expect(claimMachine(ours, file)).rejects.toThrow(`run state ${theirs.run}, since 2026-01-01T00:00:00Z`);
  await claimMachine(theirs, file); // A second command of the same checkout is welcome.
  await writeFile(file, JSON.stringify(ended));
  await stopProcess(theirs, 'part');
  expect(await machineClaim(file)).toBeUndefined();
  await claimMachine(ours, file);
  expect((await machineClaim(file))?.run).toBe(ours.run);
  await releaseMachine(ours, file);
  expect(await machineClaim(file)).toBeUndefined();
});

async function deadIdentity() {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const identity = await identityOf(child.pid ?? 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return identity;
}
