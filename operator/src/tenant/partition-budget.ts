import { sharedEventsTopic } from '@tenantry/contracts';
import type { KafkaAdministration } from '../kafka/port.ts';
import type { Registry } from '../postgres/port.ts';

/** So long a topic that was just made counts although the broker may not show it yet. */
const PROMISED_MS = 60_000;
/** Who asks for the number every few seconds does not make Kafka be asked more often than this. */
const COUNTED_MS = 15_000;

/** What a budget is made of. */
export interface PartitionBudgetParts {
  readonly kafka: Pick<KafkaAdministration, 'partitionCounts'>;
  readonly registry: Pick<Registry, 'registrations'>;
  readonly cell: string;
  readonly budget: number;
  readonly now?: () => number;
}

/** How many partitions the topics of a cell's tenants may have together: brokers bear so many and no more. Copies are not counted. */
export class PartitionBudget {
  readonly #parts: PartitionBudgetParts;
  readonly #now: () => number;
  /** Topics as large as somebody was allowed to make them a moment ago. */
  readonly #promised = new Map<string, { readonly partitions: number; readonly until: number }>();
  #turn: Promise<unknown> = Promise.resolve();
  #counted: { readonly at: number; readonly used: Promise<number> } | undefined;

  constructor(parts: PartitionBudgetParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  get budget(): number {
    return this.#parts.budget;
  }

  /** Partitions in use, at most 15 seconds old. @throws when Kafka or the registry cannot be asked. */
  used(): Promise<number> {
    const now = this.#now();
    if (this.#counted === undefined || now - this.#counted.at >= COUNTED_MS) {
      const used = this.#sizes().then(sum);
      this.#counted = { at: now, used };
      used.catch(() => {
        this.#counted = undefined;
      });
    }
    return this.#counted.used;
  }

  /**
   * Room for so many more partitions of each of these topics; nothing when there is. Tenants of many passes ask one after the other, so that together
   * they take no more than there is. @returns what the cell would come to
   */
  take(more: ReadonlyMap<string, number>): Promise<{ readonly wanted: number; readonly budget: number } | undefined> {
    const turn = this.#turn.then(() => this.#take(more));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #take(more: ReadonlyMap<string, number>) {
    const found = await this.#sizes();
    const after = new Map(found);
    for (const [topic, { partitions, until }] of this.#promised) {
      if (until < this.#now() || (found.get(topic) ?? 0) >= partitions) this.#promised.delete(topic);
      else after.set(topic, partitions);
    }
    // Asked again after a crash or by another tenant for the topic they share: what was promised is not added twice.
    for (const [topic, count] of more) after.set(topic, Math.max(after.get(topic) ?? 0, (found.get(topic) ?? 0) + count));
    const wanted = sum(after);
    if (wanted > this.#parts.budget) return { wanted, budget: this.#parts.budget };
    const until = this.#now() + PROMISED_MS;
    for (const topic of more.keys()) this.#promised.set(topic, { partitions: after.get(topic) ?? 0, until });
    return undefined;
  }

  /** Topics of the cell's tenants, deleted ones' that are kept as well, and the shared one. Other cells may be on the same brokers. */
  async #sizes(): Promise<ReadonlyMap<string, number>> {
    const { kafka, registry, cell } = this.#parts;
    const [counts, tenants] = await Promise.all([kafka.partitionCounts(), registry.registrations()]);
    const shared = sharedEventsTopic(cell);
    // A tenant's prefix ends with the first dot.
    return new Map([...counts].filter(([topic]) => topic === shared || tenants.has(topic.slice(0, Math.max(0, topic.indexOf('.'))))));
  }
}

function sum(sizes: ReadonlyMap<string, number>): number {
  let all = 0;
  for (const size of sizes.values()) all += size;
  return all;
}
