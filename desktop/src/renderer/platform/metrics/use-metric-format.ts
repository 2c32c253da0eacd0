import { useTranslation } from 'react-i18next';
import type { MetricName } from '../../../platform/platform-metrics.ts';
import { useFormat } from '../../kit/use-format.ts';

const UNITS = {
  requestRate: 'perSecond',
  requestP95: 'seconds',
  errorRatio: 'share',
  requestsInFlight: 'count',
  databaseP95: 'seconds',
  stageLag: 'seconds',
  outboxAge: 'seconds',
  eventRate: 'perSecond',
  webhookAge: 'seconds',
  queueMessages: 'count',
  operatorQueue: 'count',
  reconcileRate: 'perSecond',
  cpu: 'count',
  memory: 'bytes',
} as const satisfies Readonly<Record<MetricName, 'perSecond' | 'seconds' | 'share' | 'count' | 'bytes'>>;

/** How a value of this metric is written: three digits say all there is to say. */
export function useMetricFormat(name: MetricName): (value: number) => string {
  const { t } = useTranslation('platform');
  const { number, percent, bytes, duration } = useFormat();
  const short = (value: number): string => number(Number(value.toPrecision(3)));
  switch (UNITS[name]) {
    case 'perSecond':
      return (value) => t('metrics.perSecond', { number: short(value) });
    case 'seconds':
      return duration;
    case 'share':
      return percent;
    case 'count':
      return short;
    case 'bytes':
      return bytes;
  }
}
