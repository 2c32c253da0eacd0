import type { Pod } from './pods.ts';

/** Reasons that are just a start under way. */
const ORDINARY = ['ContainerCreating', 'PodInitializing'];

/** What a pod says is wrong, in its own words: why it cannot be placed, pulled, started or kept running. Undefined: no complaint. Pure. */
export function podComplaint(pod: Pod): string | undefined {
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled !== undefined)
    return `pod ${pod.metadata.name} is not scheduled: ${unscheduled.message ?? unscheduled.reason ?? 'no reason given'}`;
  for (const { state, lastState } of pod.status?.containerStatuses ?? []) {
    const waiting = state?.waiting;
    if (waiting?.reason === undefined || ORDINARY.includes(waiting.reason)) continue;
    const ended = lastState?.terminated;
    const exit =
      ended === undefined
        ? ''
        : `, last exit ${ended.exitCode ?? '?'}${ended.message === undefined ? '' : `: ${ended.message.slice(0, 200)}`}`;
    // The back-off's length changes with every try; a message that moves would be written again and again.
    const message = waiting.message?.replace(/back-off \S+ restarting/, 'back-off restarting').slice(0, 300);
    return `pod ${pod.metadata.name}: ${waiting.reason}${message === undefined ? '' : ` (${message})`}${exit}`;
  }
  return undefined;
}
