import { setTimeout as pause } from 'node:timers/promises';
import { explanationOf } from '@tenantry/contracts';
import type { TenantObject } from '../kubernetes/resources.ts';
import { type CommandContext, tenantOf } from './command-context.ts';
import { PluginError } from './plugin-error.ts';

/** A person reads along: often enough to feel at once, seldom enough for a thousand people. */
const LOOK_EVERY_MS = 300;

/** Whether what was asked for has happened, or cannot happen, which is the words then. */
export type Verdict = { readonly done: string } | { readonly refused: string } | undefined;

/**
 * Looks until `judge` has a verdict, and tells every change of what the tenant says.
 * @throws PluginError `notReady` when it cannot happen, `failed` when the time is up.
 */
export async function waitUntil(context: CommandContext, judge: (tenant: TenantObject) => Verdict): Promise<string> {
  const { line, tell, now } = context;
  const deadline = now().getTime() + line.timeoutMs;
  let said = '';
  for (;;) {
    const tenant = await tenantOf(context);
    const verdict = judge(tenant);
    if (verdict !== undefined && 'done' in verdict) return verdict.done;
    if (verdict !== undefined) throw new PluginError('notReady', verdict.refused);
    const { blocking, says } = explanationOf(tenant);
    const words = blocking === undefined ? says : `${blocking.name}: ${says.replace(`${blocking.name}: `, '')}`;
    if (words !== said) tell(words);
    said = words;
    if (now().getTime() >= deadline)
      throw new PluginError(
        'failed',
        `not done after ${line.timeoutMs / 1000} s; it goes on without you: kubectl tenantry explain ${tenant.metadata.name}`,
      );
    await pause(LOOK_EVERY_MS);
  }
}

/** Done when the operator has answered the spec as it is now with Ready; refused when only a person can help. */
export function readyForSpec(tenant: TenantObject, done: string): Verdict {
  const { metadata, status } = tenant;
  const of = (type: string) =>
    status?.conditions?.find((each) => each.type === type && (each.observedGeneration ?? 0) >= (metadata.generation ?? 0));
  if (of('Ready')?.status === 'True') return { done };
  const stalled = of('Stalled');
  if (stalled?.status === 'True') return { refused: `${stalled.reason}: ${stalled.message}` };
  const ready = of('Ready');
  // Left so on purpose: waiting would be for ever.
  if (ready?.reason === 'Paused' || ready?.reason === 'DriftReported') return { refused: `${ready.reason}: ${ready.message}` };
  return undefined;
}
