import { readFile, statfs } from 'node:fs/promises';
import { arch, freemem, platform } from 'node:os';
import { CATALOGUE } from './catalogue.ts';
import { hasProgram } from './install/has-program.ts';
import { runnableParts, stackContext } from './local-stack.ts';
import { machineClaim } from './machine-lock.ts';
import type { Part, PartContext, Problem } from './part.ts';
import { portHolders } from './port-holders.ts';
import { findProcess } from './process.ts';

/** What doctor found. */
export interface Diagnosis {
  readonly problems: readonly Problem[];
  /** What is in the cache already. */
  readonly installed: readonly string[];
  readonly missing: readonly string[];
}

const GIGABYTE = 1_000_000_000;

/** A first install unpacks and compiles about this much. */
const DISK_GIGABYTES = 12;

/** Kafka, Keycloak, PostgreSQL and a node with pods use about 3 GB. */
const MEMORY_GIGABYTES = 4;

/** Programs the core itself runs; Debian package → program. */
const TOOLS: Readonly<Record<string, string>> = { openssl: 'openssl', tar: 'tar', 'util-linux': 'unshare', iproute2: 'ip' };

/** Looks at the whole machine and says everything at once. Changes nothing. */
export async function diagnose(parts: readonly Part[] = CATALOGUE): Promise<Diagnosis> {
  const context: PartContext = { ...stackContext(), progress: () => {} };
  const found = await Promise.all([
    systemProblems(),
    roomProblems(context),
    toolProblems(),
    claimProblems(context),
    portProblems(context),
    ...parts.map(async (part) => (await part.problems?.(context)) ?? []),
  ]);
  const states = await Promise.all(parts.map(async (part) => ({ name: part.name, installed: await part.installed(context) })));
  const problems = [...new Map(found.flat().map((problem) => [problem.what, problem])).values()];
  return {
    problems: problems.sort((one, other) => Number(other.blocks) - Number(one.blocks)),
    installed: states.filter((state) => state.installed).map((state) => state.name),
    missing: states.filter((state) => !state.installed).map((state) => state.name),
  };
}

async function systemProblems(): Promise<Problem[]> {
  const problems: Problem[] = [];
  if (platform() !== 'linux' || arch() !== 'x64') {
    problems.push({
      what: `this is ${platform()} on ${arch()}`,
      fix: 'the local platform runs on Linux x64 only; use a Debian 12 machine',
      blocks: true,
    });
  }
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1] ?? 'an unknown system';
  if (!/^ID=debian$/m.test(release) || !/^VERSION_ID="?12"?$/m.test(release)) {
    problems.push({ what: `${name} is untested`, fix: 'Debian 12 is tested; elsewhere it may work', blocks: false });
  }
  if (process.getuid?.() !== 0) {
    const without = CATALOGUE.filter((part) => !runnableParts(false).includes(part)).map((part) => part.name);
    problems.push({
      what: `not root: no bridge, no installation of packages, and not these parts: ${without.join(', ')}`,
      fix: 'run as root for the whole platform; without it, servers already installed listen on 127.0.0.1 only',
      blocks: false,
    });
  }
  return problems;
}

async function roomProblems(context: PartContext): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const folder of [context.paths.cache, context.paths.root]) {
    const status = await statfs(folder).catch(() => undefined);
    const free = status ? (status.bavail * status.bsize) / GIGABYTE : DISK_GIGABYTES;
    if (free < DISK_GIGABYTES) {
      problems.push({
        what: `${free.toFixed(1)} GB free at ${folder}`,
        fix: `free ${DISK_GIGABYTES} GB for a first install`,
        blocks: free < 3,
      });
    }
  }
  const available =
    Number(/^MemAvailable:\s+(\d+)/m.exec(await readFile('/proc/meminfo', 'utf8').catch(() => ''))?.[1] ?? freemem() / 1024) * 1024;
  const running = await Promise.all(CATALOGUE.flatMap((part) => part.processes.map((name) => findProcess(context.paths, name))));
  if (available / GIGABYTE < MEMORY_GIGABYTES && !running.some(Boolean)) {
    problems.push({
      what: `${(available / GIGABYTE).toFixed(1)} GB of memory available`,
      fix: `close something: the whole platform wants ${MEMORY_GIGABYTES} GB`,
      blocks: available / GIGABYTE < 2,
    });
  }
  return problems;
}

async function toolProblems(): Promise<Problem[]> {
  const checks = Object.entries(TOOLS).map(async ([debianPackage, program]) => ({
    debianPackage,
    program,
    present: await hasProgram(program),
  }));
  return (await Promise.all(checks))
    .filter((check) => !check.present)
    .map(({ debianPackage, program }) => ({
      what: `no program "${program}"`,
      fix: `as root: apt-get install ${debianPackage}`,
      blocks: true,
    }));
}

async function claimProblems(context: PartContext): Promise<Problem[]> {
  const claim = await machineClaim();
  if (!claim || claim.run === context.paths.run) return [];
  const what = `another Tenantry stack runs here: process ${claim.pid}, run state ${claim.run}, since ${claim.since}`;
  return [{ what, fix: 'run `npm run stop` in that checkout', blocks: true }];
}

async function portProblems(context: PartContext): Promise<Problem[]> {
  const ours = new Set<number>();
  for (const part of CATALOGUE) {
    for (const name of part.processes) {
      const process = await findProcess(context.paths, name);
      if (process) ours.add(process.pid);
    }
  }
  const holders = await portHolders();
  return holders
    .filter((holder) => !holder.ancestors.some((pid) => ours.has(pid)))
    .map((holder) => ({
      what: `port ${holder.port} (${holder.name}) is in use${holder.pid ? ` by process ${holder.pid} (${holder.program})` : ' by a process of another user'}`,
      fix: 'stop that process; the ports of the platform are fixed',
      blocks: true,
    }));
}
