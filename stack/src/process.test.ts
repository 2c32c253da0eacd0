import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolders, type Paths, pathsIn } from './paths.ts';
import { findProcess, identityOf, isAlive, lastLogLines, logFile, processState, startProcess, stopProcess } from './process.ts';

let folder: string;
let paths: Paths;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'process-'));
  paths = pathsIn(folder, join(folder, 'run'), join(folder, 'cache'));
  await makeFolders(paths);
});
afterEach(async () => {
  await stopProcess(paths, 'server');
  await rm(folder, { recursive: true, force: true });
});

const sleeper = { name: 'server', command: 'sleep', args: ['60'] };

it('finds its own running process instead of starting a second', async () => {
  const first = await startProcess(paths, sleeper);
  expect(await startProcess(paths, sleeper)).toEqual(first);
  expect(await processState(paths, 'server')).toBe('running');
});

it('never signals a stranger who got the recorded pid', async () => {
  const stranger = spawn('sleep', ['60']);
  await once(stranger, 'spawn');
  const identity = await identityOf(stranger.pid ?? 0);
  await writeFile(join(paths.pids, 'server.json'), JSON.stringify({ ...identity, startTicks: '1' }));
  expect(await findProcess(paths, 'server')).toBeUndefined();
  await stopProcess(paths, 'server');
  expect(await isAlive(identity)).toBe(true);
  stranger.kill();
});

it('does not know a process of an earlier boot', async () => {
  const identity = await startProcess(paths, sleeper);
  expect(await isAlive({ ...identity, bootId: 'another boot' })).toBe(false);
});

it('kills what does not listen after the limit', async () => {
  const identity = await startProcess(paths, {
    name: 'server',
    command: 'sh',
    args: ['-c', 'trap "" TERM; echo up; while :; do sleep 1; done'],
  });
  while ((await lastLogLines(paths, 'server')).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await stopProcess(paths, 'server', { limitMs: 200 });
  expect(await isAlive(identity)).toBe(false);
});

it('ends the whole group when the server is a child of a shell', async () => {
  await startProcess(paths, { name: 'server', command: 'sh', args: ['-c', 'sleep 60 & echo $!; wait'] });
  let lines: string[] = [];
  while (lines.length === 0) lines = await lastLogLines(paths, 'server');
  const child = await identityOf(Number(lines[0]));
  await stopProcess(paths, 'server', { group: true });
  expect(await isAlive(child)).toBe(false);
});

it('says died for what went without being stopped, and stopped afterwards', async () => {
  const { pid } = await startProcess(paths, sleeper);
  process.kill(pid, 'SIGKILL');
  while (await findProcess(paths, 'server')) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await processState(paths, 'server')).toBe('died');
  await stopProcess(paths, 'server');
  expect(await processState(paths, 'server')).toBe('stopped');
});

it('counts a zombie as dead: it holds no port and no file', async () => {
  // After exec the parent is sleep, which collects no child.
  await startProcess(paths, { name: 'server', command: 'sh', args: ['-c', 'sleep 0.05 & echo $!; exec sleep 60'] });
  let lines: string[] = [];
  while (lines.length === 0) lines = await lastLogLines(paths, 'server');
  const pid = Number(lines[0]);
  const child = await identityOf(pid);
  while (!(await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') Z ')) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await isAlive(child)).toBe(false);
});

it('records a server that ends at once, so that its log can be shown', async () => {
  for (let round = 0; round < 20; round += 1) {
    await startProcess(paths, { name: 'server', command: 'true', args: [] });
    while (await findProcess(paths, 'server')) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(await processState(paths, 'server')).toBe('died');
  }
});

it('keeps the previous log and begins a new one, readable by the owner only', async () => {
  for (const word of ['first', 'second']) {
    await startProcess(paths, { name: 'server', command: 'echo', args: [word] });
    while ((await findProcess(paths, 'server')) || (await lastLogLines(paths, 'server'))[0] !== word) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  expect(await readFile(join(paths.logs, 'server.previous.log'), 'utf8')).toBe('first\n');
  expect((await stat(logFile(paths, 'server'))).mode & 0o777).toBe(0o600);
});

it('does not pass our environment on', async () => {
  process.env.TENANTRY_TEST_LEAK = 'leaked';
  await startProcess(paths, {
    name: 'server',
    command: 'sh',
    args: ['-c', 'echo "<$TENANTRY_TEST_LEAK><$GIVEN>"'],
    env: { GIVEN: 'given' },
  });
  delete process.env.TENANTRY_TEST_LEAK;
  let lines: string[] = [];
  while (lines.length === 0) lines = await lastLogLines(paths, 'server');
  expect(lines).toEqual(['<><given>']);
});
