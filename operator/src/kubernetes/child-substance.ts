import type { ChildObject } from './port.ts';

/**
 * What of a child concerns its tenant, as text to compare. Status that others write all the time is left out: an autoscaler reports every
 * 15 s what it measured, and each report would cost a look at everything the tenant has. Whether it acts at all does concern. Pure.
 */
export function childSubstance(child: ChildObject): string {
  const { status, metadata, ...wish } = child;
  const { resourceVersion: _version, managedFields: _managed, generation: _generation, ...identity } = metadata;
  return JSON.stringify([identity, wish, child.kind === 'HorizontalPodAutoscaler' ? autoscalerComplaint(child) : undefined]);
}

interface AutoscalerStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
}

/** Why an autoscaler does not act, in its own word; undefined: it does, or has not said yet. Pure. */
export function autoscalerComplaint(autoscaler: ChildObject | undefined): string | undefined {
  const { conditions = [] } = (autoscaler?.status ?? {}) as AutoscalerStatus;
  const acting = conditions.find(({ type }) => type === 'ScalingActive');
  return acting?.status === 'False' ? (acting.reason ?? 'no reason given') : undefined;
}
