import type { ServicePlace } from './service-place.ts';

/** Moving numbers that can be asked for, in the order they are shown. */
export const METRIC_NAMES = [
  'requestRate',
  'requestP95',
  'errorRatio',
  'requestsInFlight',
  'databaseP95',
  'stageLag',
  'outboxAge',
  'eventRate',
  'webhookAge',
  'queueMessages',
  'operatorQueue',
  'reconcileRate',
  'cpu',
  'memory',
] as const;
export type MetricName = (typeof METRIC_NAMES)[number];

/** How far back. */
export const METRIC_RANGES = ['hour', 'sixHours', 'day'] as const;
export type MetricRange = (typeof METRIC_RANGES)[number];

/** Whose replicas count: all of the platform, those that all pooled tenants share, or a dedicated tenant's own. */
export type Replicas = 'all' | 'pooled' | { readonly dedicatedTo: string };

export interface MetricsQuestion {
  readonly metrics: readonly MetricName[];
  readonly range: MetricRange;
  readonly replicas: Replicas;
}

export type MetricsReading =
  /** There is no such Service. */
  | { readonly state: 'absent'; readonly place: ServicePlace }
  /** The person may not ask there: they lack the right, or there is nothing they could have been given it for. */
  | { readonly state: 'closed'; readonly place: ServicePlace }
  /** There is one, and nothing answers behind it. */
  | { readonly state: 'away'; readonly place: ServicePlace; readonly why: string }
  | {
      readonly state: 'read';
      /** When Prometheus last heard of any part of the platform (RFC 3339); undefined when it never has. */
      readonly asOf: string | undefined;
      /** How many processes of the platform it asks, and the pods of those that did not answer the last time. */
      readonly sources: { readonly count: number; readonly silent: readonly string[] };
      readonly metrics: readonly MetricReading[];
      readonly span: MetricSpan;
    };

/** The time that was asked for, and how far apart its points are; seconds, the first two since 1970. */
export interface MetricSpan {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** One metric, over the time that was asked for. */
export interface MetricReading {
  readonly name: MetricName;
  /** In PromQL, to be asked elsewhere. */
  readonly query: string;
  /** Empty: nobody has measured it in that time. */
  readonly series: readonly MetricSeries[];
}

export interface MetricSeries {
  /** What tells it from the others of the metric: the stage, the queue …; undefined when there is one only. */
  readonly label: string | undefined;
  /** The value at the end of that time; undefined when it is not measured any more. */
  readonly now: number | undefined;
  /** Seconds since 1970, and the value; times without a measurement are left out. */
  readonly points: readonly (readonly [at: number, value: number])[];
}
