const LOST = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING']);

/** The broker no longer knows this idempotent producer's sequence; nothing it sends will be taken again. Looks through kafkajs' wrappers. */
export function isProducerLost(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const { type } = at as { type?: unknown };
    if (typeof type === 'string' && LOST.has(type)) return true;
  }
  return false;
}
