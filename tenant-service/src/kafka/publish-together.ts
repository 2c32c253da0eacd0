import type { TopicRecords } from '../relay/event-stream.ts';

/**
 * All topics in one request, because a produce request costs the broker more than what is in it. When that fails, each topic by itself, so that the
 * blame is its own: records that had arrived come twice then. @returns why a topic failed, by topic
 */
export async function publishTogether(
  batches: readonly TopicRecords[],
  send: (batches: readonly TopicRecords[]) => Promise<void>,
): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>();
  try {
    await send(batches);
    return failures;
  } catch (error) {
    const [only] = batches;
    if (only !== undefined && batches.length === 1) return failures.set(only.topic, error);
  }
  await Promise.all(
    batches.map(async (batch) => {
      await send([batch]).catch((error: unknown) => failures.set(batch.topic, error));
    }),
  );
  return failures;
}
