import { type Clock, sleep, systemClock } from './clock.ts';
import { type ControlLog, silentLog } from './control-log.ts';
import type { CallOptions, KubeApi } from './kube-api.ts';
import { isKubeError } from './kube-error.ts';
import { heldBy, LEASES, type Lease, released } from './lease.ts';
import type { ControlMetrics } from './metrics.ts';

export interface LeaderElectionOptions {
  readonly api: Pick<KubeApi, 'get' | 'create' | 'replace'>;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Unique per process, e.g. the pod's name and a random part. */
  readonly identity: string;
  /** Others wait this long after they last saw the lease change. */
  readonly leaseDurationMs?: number;
  /** Without a renewal for this long we stop. The difference to the duration is the margin for calls under way. */
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  /** The work. `signal` aborts when leading ends; a rejection gives the lease up. */
  readonly onStartedLeading: (signal: AbortSignal) => Promise<void>;
  /** Called once the work may no longer act. A process that cannot stop its work should exit here. */
  readonly onStoppedLeading?: (why: StopReason) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly metrics?: ControlMetrics;
  readonly log?: ControlLog;
}

export type StopReason = 'stopped' | 'lost' | 'failed';

export class NotLeadingError extends Error {
  override readonly name = 'NotLeadingError';
}

/**
 * One leader among many by a Lease, with resourceVersion as the lock. Trusts no clock but its own: a candidate counts from when it saw the
 * lease change, a leader from before it sent its last renewal, so their two terms never overlap however their clocks are set.
 */
export class LeaderElection {
  private readonly options: LeaderElectionOptions;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly log: ControlLog;
  private readonly leaseDurationMs: number;
  private readonly renewDeadlineMs: number;
  private readonly retryPeriodMs: number;
  /** The lease as last seen, and since when it has not changed. */
  private seen: Lease | undefined;
  private seenSince = 0;
  /** When the renewal that holds now was sent, on both clocks; undefined while not leading. */
  private renewed: { readonly now: number; readonly date: number } | undefined;
  /** Settles when no renewal is under way any more. */
  private renewing: Promise<void> = Promise.resolve();

  constructor(options: LeaderElectionOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? Math.random;
    this.log = options.log ?? silentLog;
    this.leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.retryPeriodMs = options.retryPeriodMs ?? 2_000;
    if (this.leaseDurationMs <= this.renewDeadlineMs || this.renewDeadlineMs <= this.retryPeriodMs) {
      throw new Error('leader election needs leaseDurationMs > renewDeadlineMs > retryPeriodMs');
    }
    options.metrics?.isLeader.set({ name: options.lease.name }, 0);
  }

  get isLeading(): boolean {
    return this.remainingMs() > 0;
  }

  /** Right before anything that others can see. @throws NotLeadingError also when this process slept past its deadline. */
  assertLeading(): void {
    if (!this.isLeading) throw new NotLeadingError(`${this.options.identity} does not hold the lease ${this.options.lease.name}`);
  }

  /**
   * assertLeading(), and a signal for the call that follows: it fires before anybody else can lead.
   * @throws NotLeadingError
   */
  outsideCall(maxMs = Number.POSITIVE_INFINITY): AbortSignal {
    this.assertLeading();
    return AbortSignal.timeout(Math.min(maxMs, this.leaseDurationMs - this.renewDeadlineMs));
  }

  /** Campaigns, leads, campaigns again, until `stop`; then waits for the work and releases the lease. Never rejects. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      if ((await this.tryToHold(stop)) === 'held') await this.lead(stop);
      else await sleep(this.clock, this.retryPeriodMs * (1 + this.random() * 0.2), stop);
    }
  }

  private async lead(stop: AbortSignal): Promise<void> {
    const { lease, identity, metrics, onStartedLeading, onStoppedLeading } = this.options;
    this.log.info({ lease: lease.name, identity }, 'Started leading');
    metrics?.isLeader.set({ name: lease.name }, 1);
    const work = new AbortController();
    const workIsBack = new AbortController();
    let failure: unknown;
    const settled = Promise.resolve()
      .then(() => onStartedLeading(work.signal))
      .catch((error: unknown) => {
        failure = error;
        workIsBack.abort();
      })
      .then(() => {
        if (work.signal.aborted) workIsBack.abort();
        else onAbort(work.signal, () => workIsBack.abort());
      });
    const stopWork = () => work.abort(stop.reason);
    onAbort(stop, stopWork);

    // The lease is kept until the work is back: a graceful stop may take longer than the lease.
    const isLost = await this.keepUntil(workIsBack.signal);
    const why: StopReason = isLost ? 'lost' : failure === undefined || stop.aborted ? 'stopped' : 'failed';
    stop.removeEventListener('abort', stopWork);
    if (isLost) this.renewed = undefined;
    metrics?.isLeader.set({ name: lease.name }, 0);
    this.log[why === 'stopped' ? 'info' : 'error']({ lease: lease.name, identity, why, err: failure }, 'Stopped leading');
    work.abort(new NotLeadingError(`${identity} ${why === 'lost' ? 'lost' : 'gave up'} the lease ${lease.name}`));
    onStoppedLeading?.(why);
    await settled;
    if (!isLost) await this.release();
    // After a failure somebody else may be luckier.
    if (why === 'failed') await sleep(this.clock, this.retryPeriodMs * (2 + this.random()), stop);
  }

  /** Renews until `end`. Resolves true as soon as the lease can no longer be counted on, even while a renewal hangs. */
  private async keepUntil(end: AbortSignal): Promise<boolean> {
    const lost = new AbortController();
    const over = AbortSignal.any([end, lost.signal]);
    const renewals = async () => {
      let tryAt = this.clock.now() + this.retryPeriodMs;
      while (!over.aborted) {
        await sleep(this.clock, Math.max(0, tryAt - this.clock.now()), over);
        tryAt = this.clock.now() + this.retryPeriodMs;
        if (!over.aborted && (await this.tryToHold(lost.signal)) === 'taken') lost.abort();
      }
    };
    const deadline = async () => {
      while (!over.aborted) {
        const remainingMs = this.remainingMs();
        if (remainingMs <= 0) lost.abort();
        else await sleep(this.clock, remainingMs, over);
      }
    };
    // A hanging call must not keep us here: the deadline, not the renewals, decides when this ends.
    this.renewing = renewals();
    await deadline();
    return !end.aborted || this.remainingMs() <= 0;
  }

  /** One try to take or keep the lease. `taken`: somebody else has it; `unsure`: the server did not say. */
  private async tryToHold(signal: AbortSignal): Promise<'held' | 'taken' | 'unsure'> {
    const { lease, identity } = this.options;
    try {
      // A leader knows the lease: it writes at once and reads only after a conflict.
      if (this.renewed === undefined) return await this.take(signal);
      return await this.write(this.seen, signal);
    } catch (error) {
      if (signal.aborted) return 'unsure';
      if (this.renewed !== undefined && isKubeError(error, 'Conflict', 'NotFound')) return await this.renewAfterConflict(signal);
      // Two candidates at once: one of them is told so, and that is how it should be.
      const level = isKubeError(error, 'Conflict', 'AlreadyExists') ? 'debug' : 'warn';
      this.log[level]({ lease: lease.name, identity, err: error }, 'Lease could not be taken or renewed');
      return 'unsure';
    }
  }

  private async take(signal: AbortSignal): Promise<'held' | 'taken' | 'unsure'> {
    const current = await this.options.api.get(LEASES, this.options.lease, this.limits(signal));
    return this.isFree(current) ? await this.write(current, signal) : 'taken';
  }

  /** A conflict may be our own earlier write that went through without its answer reaching us. */
  private async renewAfterConflict(signal: AbortSignal): Promise<'held' | 'taken' | 'unsure'> {
    try {
      const current = await this.options.api.get(LEASES, this.options.lease, this.limits(signal));
      if (current?.spec.holderIdentity === this.options.identity) return await this.write(current, signal);
      if (current !== undefined) this.see(current);
      return 'taken';
    } catch (error) {
      this.log.warn({ lease: this.options.lease.name, err: error }, 'Lease could not be renewed after a conflict');
      return 'unsure';
    }
  }

  private async write(before: Lease | undefined, signal: AbortSignal): Promise<'held' | 'unsure'> {
    const { api, lease, identity } = this.options;
    // The term counts from here: others may see the record from this moment on.
    const sent = { now: this.clock.now(), date: this.clock.date().getTime() };
    const spec = heldBy(identity, before?.spec, this.leaseDurationMs, this.clock.date());
    const next: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: before?.metadata ?? lease, spec };
    const limits = this.limits(signal);
    const stored = before === undefined ? await api.create(LEASES, next, limits) : await api.replace(LEASES, next, limits);
    if (signal.aborted) return 'unsure';
    this.see(stored);
    this.renewed = sent;
    return 'held';
  }

  /** Three tries fit into the time until the deadline. */
  private limits(signal: AbortSignal): CallOptions {
    return { signal, timeoutMs: this.renewDeadlineMs / 3 };
  }

  private isFree(lease: Lease | undefined): boolean {
    if (lease === undefined) return true;
    this.see(lease);
    const { holderIdentity, leaseDurationSeconds } = lease.spec;
    if (!holderIdentity) return true;
    // Also for our own identity: a record we do not remember may be an earlier process of the same name that still works.
    return this.clock.now() - this.seenSince >= (leaseDurationSeconds ?? this.leaseDurationMs / 1000) * 1000;
  }

  private see(lease: Lease): void {
    const isSame = this.seen?.metadata.uid === lease.metadata.uid && this.seen?.metadata.resourceVersion === lease.metadata.resourceVersion;
    if (!isSame) this.seenSince = this.clock.now();
    this.seen = lease;
  }

  /** By whichever clock ran further: the steady one stands still while a machine is suspended, the wall clock can be set. */
  private remainingMs(): number {
    if (this.renewed === undefined) return 0;
    const elapsed = Math.max(this.clock.now() - this.renewed.now, this.clock.date().getTime() - this.renewed.date);
    return this.renewDeadlineMs - elapsed;
  }

  private async release(): Promise<void> {
    const { api, identity } = this.options;
    // A renewal still on its way would make our version old, or take the lease back.
    await this.renewing;
    this.renewed = undefined;
    const lease = this.seen;
    if (lease?.spec.holderIdentity !== identity) return;
    try {
      const next = { ...lease, spec: released(lease.spec, this.clock.date()) };
      this.see(await api.replace(LEASES, next, { timeoutMs: this.retryPeriodMs }));
    } catch (error) {
      this.log.warn({ lease: this.options.lease.name, err: error }, 'Lease could not be released and will expire by itself');
    }
  }
}

function onAbort(signal: AbortSignal, action: () => void): void {
  if (signal.aborted) action();
  else signal.addEventListener('abort', action, { once: true });
}
