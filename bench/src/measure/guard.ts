import { type MachineTicks, TICKS_PER_SECOND } from './proc.ts';

/** The machine and those whose CPU time is known, at one moment. */
export interface Sample {
  readonly atMs: number;
  readonly machine: MachineTicks;
  /** Of what is measured: our processes, the load client, the servers they use. */
  readonly ours: number;
  /** Of the local platform's other servers, which idle for both contenders alike, and of the kernel's threads. */
  readonly platform: number;
}

/** Who else used the machine during a turn, each as a share of one processor; `steal` as a share of the machine. */
export interface Disturbance {
  readonly foreign: number;
  readonly platform: number;
  readonly steal: number;
}

/** A turn with more than this says more about the neighbours than about us. Foreign and steal: quality.md §0.1. */
const LIMITS: Disturbance = { foreign: 0.15, platform: 0.4, steal: 0.05 };

/** What happened on the machine between two samples. */
export function disturbanceBetween(before: Sample, after: Sample): Disturbance {
  const perProcessor = ((after.atMs - before.atMs) / 1000) * TICKS_PER_SECOND;
  const total = Math.max(1, after.machine.total - before.machine.total);
  const ours = after.ours - before.ours;
  const platform = after.platform - before.platform;
  return {
    foreign: Math.max(0, after.machine.busy - before.machine.busy - ours - platform) / perProcessor,
    platform: platform / perProcessor,
    steal: (after.machine.steal - before.machine.steal) / total,
  };
}

/** Why a turn does not count, or undefined when it does. */
export function complaintAbout(seen: Disturbance, limits: Disturbance = LIMITS): string | undefined {
  const over = (Object.keys(limits) as (keyof Disturbance)[]).filter((kind) => seen[kind] > limits[kind]);
  if (over.length === 0) return undefined;
  return over.map((kind) => `${kind} ${percent(seen[kind])} (limit ${percent(limits[kind])})`).join(', ');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
