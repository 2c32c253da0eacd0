import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { MetricsQuestion } from '../../../platform/platform-metrics.ts';
import type { PlatformViewAccess } from '../../../platform/platform-view-access.ts';

/** As often as Prometheus usually asks: more often would show nothing more. */
const EVERY_MS = 15_000;

/** Moving numbers; those of the other range stay on screen until the new ones are there. */
export function metricsQuery(access: PlatformViewAccess, question: MetricsQuestion) {
  return queryOptions({
    queryKey: ['platform', 'metrics', question],
    queryFn: () => access.ask('metrics.read', question),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY_MS,
  });
}
