import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Part } from './part.ts';
import { makeFolders, type Paths, pathsIn } from './paths.ts';
import { startProcess, stopProcess } from './process.ts';
import { bringDown, bringUp, isComplete, type PartReport, watchParts } from './supervisor.ts';

let folder: string;
let paths: Paths;
let reports: PartReport[];
let steps: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supervisor-'));
  paths = pathsIn(folder, join(folder, 'run'), join(folder, 'cache'));
  await makeFolders(paths);
  reports = [];
  steps = [];
});

afterEach(async () => await rm(folder, { recursive: true, force: true }));

const options = () => ({ context: { paths, nodeAddress: '127.0.0.1' }, report: (report: PartReport) => void reports.push(report) });

/** A part that notes what is done to it. */
function part(name: string, needs: readonly string[], over: Partial<Part> = {}): Part {
  const note = (what: string) => async () => void steps.push(`${what} ${name}`);
  return {
    ...{ name, needs, processes: [], needsRoot: false, address: () => '', hint: `look at ${name}`, installed: async () => true },
    ...{ install: note('install'), start: note('start'), ready: note('ready'), stop: note('stop') },
    ...over,
  };
}

/** A part whose one process is a shell command. */
function shellPart(name: string, command: string, ready: () => Promise<void> = async () => {}): Part {
  return part(name, [], {
    processes: [name],
    start: async () => void (await startProcess(paths, { name, command: 'sh', args: ['-c', command] })),
    ready,
    stop: async () => await stopProcess(paths, name),
  });
}

const never = () => new Promise<void>(() => {});

it('starts a part only when everything it needs is ready', async () => {
  const parts = [part('database', []), part('identity', ['database']), part('api', ['identity', 'database'])];
  const outcomes = await bringUp(parts, options());
  expect(outcomes.map((outcome) => outcome.state)).toEqual(['ready', 'ready', 'ready']);
  expect(steps).toEqual(['start database', 'ready database', 'start identity', 'ready identity', 'start api', 'ready api']);
});

it('is complete without what is optional, and with nothing else missing', async () => {
  const broken = { start: async () => await Promise.reject(new Error('no')) };
  const [database, numbers] = await bringUp([part('database', []), part('numbers', [], { ...broken, optional: true })], options());
  expect([database?.state, numbers?.state]).toEqual(['ready', 'failed']);
  expect(isComplete([database, numbers].flatMap((each) => each ?? []))).toBe(true);
  expect(isComplete(await bringUp([part('database', [], broken)], options()))).toBe(false);
});

it('installs what is missing without waiting for anything', async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const parts = [
    part('database', [], { ready: () => held }),
    part('identity', ['database'], { installed: async () => false, install: async () => release() }),
  ];
  const outcomes = await bringUp(parts, options());
  expect(outcomes.map((outcome) => outcome.state)).toEqual(['ready', 'ready']);
});

it('skips what needs a failed part and brings up the rest', async () => {
  const failing = part('database', [], {
    ready: async () => {
      throw new Error('no room');
    },
  });
  const outcomes = await bringUp([failing, part('identity', ['database']), part('api', ['identity']), part('broker', [])], options());
  expect(outcomes.map((outcome) => outcome.state)).toEqual(['failed', 'skipped', 'skipped', 'ready']);
  expect(outcomes[0]?.error?.message).toContain('Hint: look at database');
});

it('reports a part that dies while starting at once, with the end of its log and the hint', async () => {
  const command = 'for line in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "line $line"; done; echo "disk is full" >&2; exit 1';
  const [outcome] = await bringUp([shellPart('broker', command, never)], options());
  expect(outcome?.state).toBe('failed');
  expect(outcome?.error?.message).toContain('disk is full');
  expect(outcome?.error?.message).toContain('line 4');
  expect(outcome?.error?.message).not.toContain('line 3\n');
  expect(outcome?.error?.message).toContain('Hint: look at broker');
});

it('notices a running part that dies, once, and leaves the others alone', async () => {
  const parts = [shellPart('broker', 'echo last words; exec sleep 60'), shellPart('database', 'exec sleep 60')];
  await bringUp(parts, options());
  const watching = new AbortController();
  reports = [];
  const over = watchParts(parts, {
    ...options(),
    signal: watching.signal,
    report: (report) => {
      reports.push(report);
      setTimeout(() => watching.abort(), 1500);
    },
  });
  const { findProcess, lastLogLines } = await import('./process.ts');
  await expect.poll(() => lastLogLines(paths, 'broker')).toContain('last words');
  process.kill((await findProcess(paths, 'broker'))?.pid ?? 0, 'SIGKILL');
  await over;
  expect(reports.map((report) => `${report.part.name} ${report.state}`)).toEqual(['broker failed']);
  expect(reports[0]?.text).toContain('last words');
  expect(await findProcess(paths, 'database')).toBeDefined();
  await bringDown(parts, options());
  expect(await findProcess(paths, 'database')).toBeUndefined();
});

it('stops in the opposite order', async () => {
  const slowly = (name: string) => async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    steps.push(`stop ${name}`);
  };
  const parts = [part('database', []), part('identity', ['database'], { stop: slowly('identity') })];
  parts.push(part('api', ['identity'], { stop: slowly('api') }));
  await bringDown(parts, options());
  expect(steps).toEqual(['stop api', 'stop identity', 'stop database']);
});

it('stops the others although one refuses, and says which', async () => {
  const stubborn = part('identity', ['database'], {
    stop: async () => {
      throw new Error('busy');
    },
  });
  await expect(bringDown([part('database', []), stubborn], options())).rejects.toThrow('identity did not stop: busy');
  expect(steps).toEqual(['stop database']);
});

it('waits neither for an install nor for a slow start once it is told to stop', async () => {
  const stop = new AbortController();
  const slow = [part('download', [], { installed: async () => false, install: never }), part('server', [], { ready: never })];
  setTimeout(() => stop.abort(new Error('interrupted')), 50);
  const outcomes = await bringUp([...slow, part('api', ['server'])], { ...options(), signal: stop.signal });
  expect(outcomes.map((outcome) => outcome.state)).toEqual(['skipped', 'skipped', 'skipped']);
  expect(steps).not.toContain('start download');
});
