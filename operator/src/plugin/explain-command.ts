import { explanationOf } from '@tenantry/contracts';
import { objectTimeline } from '../control/object-timeline.ts';
import { type CommandContext, tenantOf } from './command-context.ts';
import { explanationText } from './explanation-text.ts';
import { EXIT } from './plugin-error.ts';

/** So much of the past helps; `kubectl describe` has all of it. */
const LATEST = 5;

/** `kubectl tenantry explain NAME` */
export async function explainCommand(context: CommandContext): Promise<number> {
  const tenant = await tenantOf(context);
  const explanation = explanationOf(tenant);
  const timeline = await objectTimeline(context.api, tenant, LATEST);
  context.print(
    context.line.json ? JSON.stringify({ ...explanation, timeline }, null, 2) : explanationText(explanation, timeline, context.now()),
  );
  return explanation.isReady ? EXIT.ok : EXIT.notReady;
}
