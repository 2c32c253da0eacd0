import type { Clock } from '../clock.ts';
import { Heap } from '../heap.ts';

interface Timer {
  readonly dueAt: number;
  readonly order: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/** Time that passes only when the test says so: hours run in milliseconds, and the same every time. */
export class VirtualClock implements Clock {
  private time = 0;
  private order = 0;
  private readonly timers = new Heap<Timer>((a, b) => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order));

  now(): number {
    return this.time;
  }

  date(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.time);
  }

  setTimeout(callback: () => void, ms: number): () => void {
    const timer = { dueAt: this.time + Math.max(0, ms), order: this.order++, callback, isCancelled: false };
    this.timers.push(timer);
    return () => {
      timer.isCancelled = true;
    };
  }

  /** Lets `ms` pass: every timer in its order, and between two of them everything that was waiting for the first. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (let timer = this.timers.peek(); timer !== undefined && timer.dueAt <= end; timer = this.timers.peek()) {
      this.timers.pop();
      if (timer.isCancelled) continue;
      this.time = Math.max(this.time, timer.dueAt);
      timer.callback();
      await settle();
    }
    this.time = end;
  }
}

/** Long enough for the deepest chain of awaits in control/; nothing there waits for real I/O in these tests. */
const DEEPEST_CHAIN = 40;

/** Runs everything that is ready to run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < DEEPEST_CHAIN; turn += 1) await undefined;
}

/**
 * One process of several on the same virtual time: it can be paused as SIGSTOP or a sleeping machine would pause it, and its wall clock
 * may be wrong.
 */
export class ProcessClock implements Clock {
  private readonly world: VirtualClock;
  private skewMs: number;
  private backlog: (() => void)[] | undefined;

  constructor(world: VirtualClock, skewMs = 0) {
    this.world = world;
    this.skewMs = skewMs;
  }

  now(): number {
    return this.world.now();
  }

  date(): Date {
    return new Date(this.world.date().getTime() + this.skewMs);
  }

  setTimeout(callback: () => void, ms: number): () => void {
    let isCancelled = false;
    const guarded = () => {
      if (!isCancelled) callback();
    };
    const cancel = this.world.setTimeout(() => (this.backlog === undefined ? guarded() : this.backlog.push(guarded)), ms);
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  /** Only the wall clock, as NTP or a person would. */
  setBack(ms: number): void {
    this.skewMs -= ms;
  }

  pause(): void {
    this.backlog ??= [];
  }

  resume(): void {
    const waiting = this.backlog ?? [];
    this.backlog = undefined;
    for (const callback of waiting) callback();
  }
}
