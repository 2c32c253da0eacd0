import { readFileSync } from 'node:fs';

/** How often a process is asked. */
const EVERY_MS = 200;

/** Memory of a process in RAM, in MB. */
export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** Follows a process' memory until it is stopped, which gives the most it had. */
export function watchResident(pid: number): { readonly stop: () => number } {
  let most = residentMb(pid);
  const look = (): void => {
    most = Math.max(most, residentMb(pid));
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return most;
    },
  };
}
