import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** controller-runtime's buckets, so that its stock dashboards fit. */
const RECONCILE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60];
const QUEUE_SECONDS = [0.00001, 0.0001, 0.001, 0.01, 0.1, 1, 10, 30, 60, 300];

/**
 * Metrics under the names Go's controller-runtime and client-go use: every stock dashboard and alert for operators works unchanged.
 * Label values are names of controllers, queues and kinds, never of objects.
 */
export class ControlMetrics {
  readonly reconciles: Counter<'controller' | 'result'>;
  readonly reconcileErrors: Counter<'controller'>;
  readonly reconcileSeconds: Histogram<'controller'>;
  readonly activeWorkers: Gauge<'controller'>;
  readonly maxWorkers: Gauge<'controller'>;
  readonly queueDepth: Gauge<'name'>;
  readonly queueAdds: Counter<'name'>;
  readonly queueRetries: Counter<'name'>;
  readonly queueSeconds: Histogram<'name'>;
  readonly workSeconds: Histogram<'name'>;
  readonly unfinishedSeconds: Gauge<'name'>;
  readonly longestRunningSeconds: Gauge<'name'>;
  readonly requests: Counter<'code' | 'method'>;
  readonly isLeader: Gauge<'name'>;
  readonly informerStaleness: Gauge<'resource'>;
  readonly informerRestarts: Counter<'resource' | 'reason'>;
  readonly informerLists: Counter<'resource'>;
  readonly informerObjects: Gauge<'resource'>;
  private readonly beforeScrape: (() => void)[] = [];

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Counter<L>({ name, help, labelNames, registers });
    const gauge = <L extends string>(name: string, help: string, labelNames: L[]) => new Gauge<L>({ name, help, labelNames, registers });
    // "How long since" is only known when somebody looks, so prom-client calls back before it reads the value.
    const collect = () => {
      for (const update of this.beforeScrape) update();
    };
    const ageGauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Gauge<L>({ name, help, labelNames, registers, collect });
    const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
      new Histogram<L>({ name, help, labelNames, buckets, registers });

    this.reconciles = counter('controller_runtime_reconcile_total', 'Reconciliations per controller and result', ['controller', 'result']);
    this.reconcileErrors = counter('controller_runtime_reconcile_errors_total', 'Reconciliations that threw', ['controller']);
    this.reconcileSeconds = histogram(
      'controller_runtime_reconcile_time_seconds',
      'Duration of one reconciliation',
      ['controller'],
      RECONCILE_SECONDS,
    );
    this.activeWorkers = gauge('controller_runtime_active_workers', 'Workers that hold a key now', ['controller']);
    this.maxWorkers = gauge('controller_runtime_max_concurrent_reconciles', 'Workers the controller has', ['controller']);
    this.queueDepth = gauge('workqueue_depth', 'Keys that wait to be taken', ['name']);
    this.queueAdds = counter('workqueue_adds_total', 'Keys added', ['name']);
    this.queueRetries = counter('workqueue_retries_total', 'Keys added again after a failure', ['name']);
    this.queueSeconds = histogram('workqueue_queue_duration_seconds', 'Time a key waited before it was taken', ['name'], QUEUE_SECONDS);
    this.workSeconds = histogram('workqueue_work_duration_seconds', 'Time a key was held', ['name'], QUEUE_SECONDS);
    this.unfinishedSeconds = ageGauge('workqueue_unfinished_work_seconds', 'Sum of the time all held keys have been held', ['name']);
    this.longestRunningSeconds = ageGauge('workqueue_longest_running_processor_seconds', 'Time the longest held key has been held', [
      'name',
    ]);
    this.requests = counter('rest_client_requests_total', 'Answers of the API server; code "error" means none came', ['code', 'method']);
    this.isLeader = gauge('leader_election_master_status', '1 while this process leads', ['name']);
    this.informerStaleness = ageGauge('control_informer_staleness_seconds', 'Time since the server last proved the view current', [
      'resource',
    ]);
    this.informerRestarts = counter('control_informer_restarts_total', 'Watches begun anew, by the reason', ['resource', 'reason']);
    this.informerLists = counter('control_informer_lists_total', 'Complete lists taken', ['resource']);
    this.informerObjects = gauge('control_informer_objects', 'Objects in the view', ['resource']);
  }

  /** Runs `update` at every scrape, before the values are read. */
  onScrape(update: () => void): void {
    this.beforeScrape.push(update);
  }
}
