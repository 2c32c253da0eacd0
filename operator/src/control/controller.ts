import { type Clock, systemClock } from './clock.ts';
import { type ControlLog, silentLog } from './control-log.ts';
import { isKubeError } from './kube-error.ts';
import type { ControlMetrics } from './metrics.ts';
import type { WorkQueue } from './work-queue.ts';

/** `undefined` or an empty result: done until something changes. */
export interface ReconcileResult {
  /** Look again after this time even if nothing changes. */
  readonly requeueAfterMs?: number | undefined;
}

export interface ControllerOptions {
  readonly name: string;
  readonly queue: WorkQueue;
  /** Keys worked on at the same time. */
  readonly workers: number;
  /** One look at one key. Must stop soon after `signal` aborts. Throwing means: again, with back-off. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<ReconcileResult | undefined>;
  /** A reconcile that takes longer is told to stop. Default 5 min. */
  readonly timeoutMs?: number;
  /** How long running reconciles may finish after the stop. Default 10 s. */
  readonly graceMs?: number;
  readonly metrics?: ControlMetrics;
  readonly clock?: Clock;
  readonly log?: ControlLog;
}

/** Takes keys from a queue and reconciles them, a bounded number at a time. */
export class Controller {
  private readonly options: ControllerOptions;
  private readonly clock: Clock;
  private readonly log: ControlLog;

  constructor(options: ControllerOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.log = options.log ?? silentLog;
    options.metrics?.maxWorkers.set({ controller: options.name }, options.workers);
    options.metrics?.activeWorkers.set({ controller: options.name }, 0);
    options.metrics?.reconcileErrors.inc({ controller: options.name }, 0);
  }

  /** Works until `stop`; resolves when the last running reconcile is back. Never rejects. */
  async run(stop: AbortSignal): Promise<void> {
    const hardStop = new AbortController();
    let cancelGrace = () => {};
    const startGrace = () => {
      cancelGrace = this.clock.setTimeout(() => hardStop.abort(stop.reason), this.options.graceMs ?? 10_000);
    };
    if (stop.aborted) return;
    stop.addEventListener('abort', startGrace, { once: true });
    try {
      await Promise.all(Array.from({ length: this.options.workers }, () => this.work(stop, hardStop.signal)));
    } finally {
      stop.removeEventListener('abort', startGrace);
      cancelGrace();
    }
  }

  private async work(stop: AbortSignal, hardStop: AbortSignal): Promise<void> {
    for (;;) {
      const key = await this.options.queue.get(stop);
      if (key === undefined) return;
      await this.handle(key, stop, hardStop);
    }
  }

  private async handle(key: string, stop: AbortSignal, hardStop: AbortSignal): Promise<void> {
    const { name, queue, metrics } = this.options;
    const started = this.clock.now();
    metrics?.activeWorkers.inc({ controller: name });
    try {
      const result = await this.reconcileInTime(key, hardStop);
      queue.forget(key);
      if (result?.requeueAfterMs !== undefined) queue.add(key, { afterMs: result.requeueAfterMs });
      metrics?.reconciles.inc({ controller: name, result: result?.requeueAfterMs === undefined ? 'success' : 'requeue_after' });
    } catch (error) {
      this.failed(key, error, stop);
    } finally {
      queue.done(key);
      metrics?.activeWorkers.dec({ controller: name });
      metrics?.reconcileSeconds.observe({ controller: name }, (this.clock.now() - started) / 1000);
    }
  }

  private async reconcileInTime(key: string, hardStop: AbortSignal): Promise<ReconcileResult | undefined> {
    const { reconcile, timeoutMs = 300_000 } = this.options;
    const timeout = new AbortController();
    const cancel = this.clock.setTimeout(() => timeout.abort(new Error(`reconcile took longer than ${timeoutMs} ms`)), timeoutMs);
    try {
      return await reconcile(key, AbortSignal.any([hardStop, timeout.signal]));
    } finally {
      cancel();
    }
  }

  private failed(key: string, error: unknown, stop: AbortSignal): void {
    const { name, queue, metrics } = this.options;
    const retryAfterMs = queue.retry(key, { atLeastMs: isKubeError(error) ? error.retryAfterMs : undefined });
    const fields = { controller: name, key, failures: queue.failures(key), retryAfterMs: Math.round(retryAfterMs), err: error };
    if (stop.aborted) {
      // Work cut off by the stop is no failure: the next leader looks at the key again anyway.
      this.log.info(fields, 'Reconcile was cut off by the stop');
      return;
    }
    if (isKubeError(error, 'Conflict')) {
      // Somebody was faster, so the view was old. The newer object is on its way.
      metrics?.reconciles.inc({ controller: name, result: 'requeue' });
      this.log.debug(fields, 'Reconcile saw an old object and will look again');
      return;
    }
    metrics?.reconciles.inc({ controller: name, result: 'error' });
    metrics?.reconcileErrors.inc({ controller: name });
    this.log.error(fields, 'Reconcile failed');
  }
}
