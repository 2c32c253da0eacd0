import { isSharedEventsTopic, PROJECTOR_GROUPS } from '@tenantry/contracts';
import { applying } from '../converge.ts';
import { eventsTopicOf } from '../events-topic.ts';
import { driftItem } from '../plans/drift-item.ts';
import type { Step } from '../step.ts';
import type { TenantPass } from '../tenant-pass.ts';

/** The relay looks four times a second. */
const LOOK_AGAIN_MS = 300;
/** Records of a topic that was left expire within days. */
const LOOK_AT_LEFT_MS = 3_600_000;

/**
 * Where the tenant's events are published. To another topic they move in turn: the relay keeps them, the old topic is read to its end, then the new one is named.
 * So nothing on the new topic is seen before what came before it, and what the relay repeats meanwhile is known by its id. It is the last step: everything
 * else of the new class is there by then.
 */
export const eventsTopicStep: Step = {
  name: 'events-topic',
  condition: 'EventsRouted',
  run: async (pass) => {
    const wanted = eventsTopicOf(pass);
    const current = pass.registration.eventsTopic;
    pass.seen.eventsTopic = current;
    if (current === wanted) return settled(pass, wanted);
    const drift = [driftItem(`registry/${pass.names.organizationAlias}`, 'eventsTopic', wanted, current)];
    if (pass.reportOnly) return { kind: 'differs', drift };
    const left = await move(pass, current, wanted);
    if (left !== undefined) return { kind: 'waiting', message: left, retryAfterMs: LOOK_AGAIN_MS };
    pass.seen.eventsTopic = wanted;
    return { ...(await settled(pass, wanted)), changed: [`events go to ${wanted}`], drift };
  },
};

/** One look at a move, and what can be done about it now. @returns what it waits for; nothing once it has ended */
async function move({ ports: { registry, kafka }, place, tenantId }: TenantPass, from: string, to: string): Promise<string | undefined> {
  const { isLeft, ends } = await applying(() => registry.holdForMove(tenantId));
  if (!isLeft) return `Events wait to be published on ${to} until the relay has left ${from}.`;
  const offsets = await kafka.offsets(from);
  if (ends === undefined) {
    const found = new Map([...offsets].map(([partition, { end }]) => [partition, end]));
    await applying(() => registry.noteOldEnds(tenantId, found));
    return `Events wait to be published on ${to} until the projector has read ${from} to its end.`;
  }
  const read = await kafka.groupOffsets(`${PROJECTOR_GROUPS}${place.cell.name}`, from, [...offsets.keys()]);
  let unread = 0n;
  // What has expired, or is gone with its topic, nobody can read.
  for (const [partition, { first }] of offsets) {
    let next = read.get(partition) ?? first;
    if (next < first) next = first;
    const end = ends.get(partition) ?? next;
    if (end > next) unread += end - next;
  }
  if (unread > 0n) return `Events wait to be published on ${to} until the projector has read ${unread} more records of ${from}.`;
  const isMoved = await applying(() => registry.moveEvents(tenantId, to));
  return isMoved ? undefined : `The relay has gone on with ${from} meanwhile; the move to ${to} begins anew.`;
}

/** The tenant's own topic stays behind as long as there is something on it: a consumer may not be through, and only a purge deletes data. */
async function settled({ names, ports: { kafka }, reportOnly }: TenantPass, wanted: string) {
  const message = `Events are published on ${wanted}.`;
  if (!isSharedEventsTopic(wanted)) return { kind: 'done' as const, message };
  const own = names.eventsTopic;
  const offsets = [...(await kafka.offsets(own)).values()];
  if (offsets.length === 0) return { kind: 'done' as const, message };
  if (reportOnly || offsets.some(({ first, end }) => first !== end))
    return {
      kind: 'done' as const,
      message: `${message} ${own} is kept until what is on it has expired.`,
      lookAgainAfterMs: LOOK_AT_LEFT_MS,
    };
  await applying(() => kafka.deleteTopic(own));
  return { kind: 'done' as const, message };
}
