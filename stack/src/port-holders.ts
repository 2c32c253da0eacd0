import { readdir, readFile, readlink } from 'node:fs/promises';
import { PORTS } from './ports.ts';

/** Somebody who listens on a port of the platform. */
export interface PortHolder {
  readonly port: number;
  /** The port's name in the table. */
  readonly name: string;
  /** Not known for processes of another user. */
  readonly pid: number | undefined;
  readonly program: string;
  /** The process and its parents, nearest first. */
  readonly ancestors: readonly number[];
}

/** Ports of containers' own network namespaces: on the host they are free. */
const NOT_ON_HOST = new Set<number>([PORTS.api, PORTS.metrics]);

/** Who listens on the platform's ports on this machine, from /proc; needs no tools. */
export async function portHolders(): Promise<PortHolder[]> {
  const inodes = new Map<string, { port: number; name: string }>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1);
    for (const line of lines) {
      const fields = line.trim().split(/\s+/);
      const port = Number.parseInt(fields[1]?.split(':').at(-1) ?? '', 16);
      const name = Object.entries(PORTS).find(([, each]) => each === port && !NOT_ON_HOST.has(each))?.[0];
      if (name && fields[3] === '0A') inodes.set(fields[9] ?? '', { port, name }); // 0A is LISTEN.
    }
  }
  if (inodes.size === 0) return [];
  const owners = await socketOwners(new Set(inodes.keys()));
  const holders = [...inodes].map(async ([inode, { port, name }]): Promise<PortHolder> => {
    const pid = owners.get(inode);
    const program = pid === undefined ? '' : (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
    return { port, name, pid, program, ancestors: pid === undefined ? [] : await ancestorsOf(pid) };
  });
  return await Promise.all(holders);
}

async function socketOwners(wanted: ReadonlySet<string>): Promise<Map<string, number>> {
  const owners = new Map<string, number>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    for (const descriptor of await readdir(`/proc/${entry}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${entry}/fd/${descriptor}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode && wanted.has(inode) && !owners.has(inode)) owners.set(inode, Number(entry));
    }
  }
  return owners;
}

async function ancestorsOf(pid: number): Promise<number[]> {
  const chain: number[] = [];
  for (let current = pid; current > 1 && chain.length < 50; ) {
    chain.push(current);
    const stat = await readFile(`/proc/${current}/stat`, 'utf8').catch(() => '');
    current = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  return chain;
}
