import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { ControlLog } from './control-log.ts';
import { Controller, type ControllerOptions } from './controller.ts';
import { KubeError } from './kube-error.ts';
import { ControlMetrics } from './metrics.ts';
import { settle, VirtualClock } from './testing/virtual-clock.ts';
import { WorkQueue } from './work-queue.ts';

function running(options: Pick<ControllerOptions, 'reconcile'> & Partial<ControllerOptions>) {
  const clock = new VirtualClock();
  const registry = new Registry();
  const metrics = new ControlMetrics(registry);
  const queue = new WorkQueue({ clock, random: () => 1, metrics, name: 'tenants' });
  const stop = new AbortController();
  const messages: string[] = [];
  const say = (_: object, message: string) => messages.push(message);
  const log: ControlLog = { debug: say, info: say, warn: say, error: say };
  const controller = new Controller({ name: 'tenants', queue, workers: 1, metrics, clock, log, ...options });
  const finished = controller.run(stop.signal);
  return { clock, registry, queue, stop, finished, messages };
}

describe('Controller', () => {
  it('looks again after the time the reconcile asked for', async () => {
    const times: number[] = [];
    const { clock, queue } = running({
      reconcile: async () => {
        times.push(clock.now());
        return { requeueAfterMs: 60_000 };
      },
    });
    queue.add('acme');
    await clock.advance(180_000);
    expect(times).toEqual([0, 60_000, 120_000, 180_000]);
  });

  it('tries a failing key again with growing delays and starts over after a success', async () => {
    const times: number[] = [];
    let isBroken = true;
    const { clock, queue, messages, registry } = running({
      reconcile: async () => {
        times.push(clock.now());
        if (isBroken) throw new Error('database is away');
        return undefined;
      },
    });
    queue.add('acme');
    await clock.advance(40);
    expect(times).toEqual([0, 5, 15, 35]);
    expect(messages).toEqual(Array(4).fill('Reconcile failed'));
    isBroken = false;
    await clock.advance(100);
    expect(queue.failures('acme')).toBe(0);
    const text = await registry.metrics();
    expect(text).toContain('controller_runtime_reconcile_total{controller="tenants",result="error"} 4');
    expect(text).toContain('controller_runtime_reconcile_total{controller="tenants",result="success"} 1');
    expect(text).toContain('controller_runtime_reconcile_errors_total{controller="tenants"} 4');
    expect(text).toContain('workqueue_retries_total{name="tenants"} 4');
  });

  it('does not count a conflict as an error, and waits as long as the server asks', async () => {
    const times: number[] = [];
    const answers = [new KubeError('Conflict', 'old'), new KubeError('TooManyRequests', 'slow down', { retryAfterMs: 7_000 })];
    const { clock, queue, registry } = running({
      reconcile: async () => {
        times.push(clock.now());
        const answer = answers.shift();
        if (answer !== undefined) throw answer;
        return undefined;
      },
    });
    queue.add('acme');
    await clock.advance(60_000);
    expect(times).toEqual([0, 5, 7_005]);
    expect(await registry.metrics()).toContain('controller_runtime_reconcile_errors_total{controller="tenants"} 1');
  });

  it('works on no more keys at once than it has workers', async () => {
    let active = 0;
    let most = 0;
    const { clock, queue } = running({
      workers: 3,
      reconcile: async () => {
        active += 1;
        most = Math.max(most, active);
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 1_000));
        active -= 1;
        return undefined;
      },
    });
    for (let index = 0; index < 10; index += 1) queue.add(`tenant-${index}`);
    await clock.advance(10_000);
    expect(most).toBe(3);
    expect(queue.depth).toBe(0);
  });

  it('tells a reconcile that takes too long to stop', async () => {
    const { clock, queue } = running({
      timeoutMs: 1_000,
      reconcile: (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    queue.add('acme');
    await clock.advance(1_001);
    expect(queue.failures('acme')).toBe(1);
  });

  it('on a stop takes no new key, lets the running one finish within the grace, and then resolves', async () => {
    const seen: string[] = [];
    const { clock, queue, stop, finished } = running({
      graceMs: 5_000,
      reconcile: async (key, signal) => {
        seen.push(`${key} begins`);
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 3_000));
        seen.push(`${key} ends, told to stop: ${signal.aborted}`);
        return undefined;
      },
    });
    queue.add('acme');
    queue.add('globex');
    await settle();
    stop.abort();
    await clock.advance(3_000);
    await finished;
    expect(seen).toEqual(['acme begins', 'acme ends, told to stop: false']);
    expect(queue.depth).toBe(1);
  });

  it('cuts a running reconcile off when the grace is over, and does not call that a failure', async () => {
    const { clock, queue, stop, finished, messages, registry } = running({
      graceMs: 5_000,
      reconcile: (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    });
    queue.add('acme');
    await settle();
    stop.abort(new Error('SIGTERM'));
    await clock.advance(5_000);
    await finished;
    expect(messages).toEqual(['Reconcile was cut off by the stop']);
    expect(await registry.metrics()).toContain('controller_runtime_reconcile_errors_total{controller="tenants"} 0');
  });

  it('shows how long keys have been held while they are held', async () => {
    const { clock, queue, registry } = running({
      workers: 2,
      reconcile: () => new Promise((resolve) => clock.setTimeout(() => resolve(undefined), 100_000)),
    });
    queue.add('acme');
    await clock.advance(10_000);
    queue.add('globex');
    await clock.advance(20_000);
    const text = await registry.metrics();
    expect(text).toContain('workqueue_unfinished_work_seconds{name="tenants"} 50');
    expect(text).toContain('workqueue_longest_running_processor_seconds{name="tenants"} 30');
    expect(text).toContain('controller_runtime_active_workers{controller="tenants"} 2');
  });
});
