import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { cleanEnvironment } from './environment.ts';
import type { Paths } from './paths.ts';

/** A server to run apart from us. */
export interface ProcessSpec {
  /** Names its log and pid file. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to a clean environment (PATH, HOME, LANG), never to ours. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const Identity = z.object({ pid: z.number().int().positive(), startTicks: z.string(), bootId: z.string() });

/** A process that cannot be mistaken for another one with a recycled pid. */
export type ProcessIdentity = z.infer<typeof Identity>;

export interface StopOptions {
  /** Asked first; SIGTERM unless the server means something else by it. */
  readonly signal?: NodeJS.Signals;
  /** Signal the whole process group: for servers started by a shell wrapper. */
  readonly group?: boolean;
  /** SIGKILL to the group after this; 10 s unless given. */
  readonly limitMs?: number;
}

/**
 * Starts a detached process group that outlives us, with output in `logs/<name>.log` (the previous run's kept as `<name>.previous.log`),
 * or finds the one that runs already.
 * @throws when the program cannot be started at all.
 */
export async function startProcess(paths: Paths, spec: ProcessSpec): Promise<ProcessIdentity> {
  const running = await findProcess(paths, spec.name);
  if (running) return running;
  const log = logFile(paths, spec.name);
  await rename(log, log.replace(/\.log$/, '.previous.log')).catch(() => {});
  const output = await open(log, 'a', 0o600);
  try {
    const child = spawn(spec.command, spec.args, {
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      env: cleanEnvironment(spec.env),
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    });
    await once(child, 'spawn');
    child.unref();
    const pid = child.pid as number;
    // One that ended at once is recorded all the same: it then counts as died, and its log says why.
    const identity = await identityOf(pid).catch(async () => ({ pid, startTicks: 'ended', bootId: await bootId() }));
    await writeFile(pidFile(paths, spec.name), `${JSON.stringify(identity)}\n`, { mode: 0o600 });
    return identity;
  } finally {
    await output.close();
  }
}

/** Our own running process of this name, or nothing. A pid that now belongs to somebody else counts as nothing. */
export async function findProcess(paths: Paths, name: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(pidFile(paths, name), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const identity = Identity.safeParse(parseJson(text));
  return identity.success && (await isAlive(identity.data)) ? identity.data : undefined;
}

export type ProcessState = 'running' | 'died' | 'stopped';

/** `died`: it was started and not stopped by us, and is gone. */
export async function processState(paths: Paths, name: string): Promise<ProcessState> {
  if (await findProcess(paths, name)) return 'running';
  return (await readFile(pidFile(paths, name)).catch(() => undefined)) ? 'died' : 'stopped';
}

/** Resident memory of the process group in bytes; pages that several share are counted once for each. */
export async function groupMemory(pid: number): Promise<number> {
  let pages = 0;
  for (const member of await groupMembers(pid)) {
    const statm = await readFile(`/proc/${member.pid}/statm`, 'utf8').catch(() => '');
    pages += Number(statm.split(' ')[1] ?? 0);
  }
  return pages * 4096;
}

/** Ends our process of this name and what is left of its group. Resolves when it is gone; nothing to do counts as done. */
export async function stopProcess(paths: Paths, name: string, options: StopOptions = {}): Promise<void> {
  const running = await findProcess(paths, name);
  if (running) {
    const members = await groupMembers(running.pid);
    signal(options.group ? -running.pid : running.pid, options.signal ?? 'SIGTERM');
    const anyAlive = async (): Promise<boolean> => {
      const alive = await Promise.all([running, ...(options.group ? members : [])].map(isAlive));
      return alive.some(Boolean);
    };
    const deadline = Date.now() + (options.limitMs ?? 10_000);
    while ((await anyAlive()) && Date.now() < deadline) await sleep(50);
    // By identity, not by group number: the group's number may be somebody else's by now.
    for (const member of [running, ...(options.group ? members : [])]) if (await isAlive(member)) signal(member.pid, 'SIGKILL');
    while (await anyAlive()) await sleep(20);
  }
  await rm(pidFile(paths, name), { force: true });
}

/** The end of a log, oldest line first. */
export async function lastLogLines(paths: Paths, name: string, count = 10): Promise<string[]> {
  const text = await readFile(logFile(paths, name), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count);
}

/** Identity of a living process. @throws when there is none with this pid. */
export async function identityOf(pid: number): Promise<ProcessIdentity> {
  const stat = await processStat(pid);
  if (!stat) throw new Error(`there is no process ${pid}`);
  return { pid, startTicks: stat.startTicks, bootId: await bootId() };
}

/** True while exactly this process lives. A zombie is dead: it holds no port and no file. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.bootId !== (await bootId())) return false;
  const stat = await processStat(identity.pid);
  return stat !== undefined && stat.startTicks === identity.startTicks && stat.state !== 'Z';
}

export function logFile(paths: Paths, name: string): string {
  return join(paths.logs, `${name}.log`);
}

function pidFile(paths: Paths, name: string): string {
  return join(paths.pids, `${name}.json`);
}

interface ProcessStat {
  readonly state: string;
  readonly group: number;
  readonly startTicks: string;
}

/** proc(5): the program's name is in parentheses and may hold spaces and parentheses itself, so fields are counted from the last one. */
async function processStat(pid: number): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', group: Number(fields[2]), startTicks: fields[19] ?? '' };
}

async function groupMembers(group: number): Promise<ProcessIdentity[]> {
  const members: ProcessIdentity[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await processStat(Number(entry));
    if (stat?.group === group) members.push({ pid: Number(entry), startTicks: stat.startTicks, bootId: await bootId() });
  }
  return members;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

let knownBootId: Promise<string> | undefined;

/** Start ticks count from boot, so after a reboot the same pid and ticks can meet again. */
function bootId(): Promise<string> {
  knownBootId ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((text) => text.trim());
  return knownBootId;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
