const SPOILING = new Set([
  // kafkajs asks for the metadata of every topic it ever sent to, and fails for all of them when one has been deleted.
  'UNKNOWN_TOPIC_OR_PARTITION',
  // It cannot continue a sequence that the broker has lost.
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
]);

/** After this error the producer is of no use any more, whatever the topic. Looks through kafkajs' wrappers. */
export function spoilsProducer(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const { type } = at as { type?: unknown };
    if (typeof type === 'string' && SPOILING.has(type)) return true;
  }
  return false;
}
