/** A topic that failed is left alone for a while, so that its rows do not fill every claim; never for long, because nobody says when Kafka is back. */
const AWAY = { firstMs: 250, mostMs: 5000 };

/** Topics that did not take what was sent, each for twice as long as the last time. */
export class AwayTopics {
  readonly #away = new Map<string, { until: number; waitMs: number }>();

  /** Those that are left alone at the moment. */
  topics(now: number): string[] {
    return [...this.#away].filter(([, { until }]) => until > now).map(([topic]) => topic);
  }

  took(topic: string): void {
    this.#away.delete(topic);
  }

  /** @returns how long it is left alone */
  refused(topic: string, now: number): number {
    const waitMs = Math.min((this.#away.get(topic)?.waitMs ?? AWAY.firstMs / 2) * 2, AWAY.mostMs);
    this.#away.set(topic, { until: now + waitMs, waitMs });
    return waitMs;
  }
}
