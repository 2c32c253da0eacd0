import { type Answer, type IdempotencyKey, storedAnswer } from '../../journal/idempotency-keys.ts';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { Coalescer } from '../../tenancy/coalescer.ts';
import type { Door, TenantTransaction } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { type Posting, type PostingOutcome, postEach } from './posting-statement.ts';

/** A posting's outcome, or what an earlier request with its key was answered. */
type Settled = PostingOutcome | { readonly verdict: 'answered'; readonly answer: Answer };

/** Explains why a posting of a request was refused. */
type Explain = (refused: Exclude<PostingOutcome, { verdict: 'posted' }>, place: number) => Error;

/**
 * Posts transactions, many of a tenant in one statement, so that a busy account is locked once for all that wait for it. A key counts once: when
 * the statement meets one that exists, its requests are tried one by one and answered from the stored row. Refusals are not stored.
 */
export class TransactionPoster {
  readonly #door: Door;
  readonly #coalescer: Coalescer<Posting, Settled>;

  constructor(door: Door, metrics: Metrics) {
    this.#door = door;
    const sizes = metrics.batchSize.labels('postTransaction');
    const retries = metrics.retriedAlone.labels('postTransaction');
    this.#coalescer = new Coalescer({
      maxBatch: 256,
      maxFlying: 2,
      joinFrom: 16,
      exclusive: (posting) => posting.key?.key,
      together: (tenant, postings) => door.write(tenant, (tx) => postEach(tx, postings)),
      alone: (tenant, posting) => this.#alone(tenant, posting),
      onBatch: (size, alone) => {
        sizes.observe(size);
        if (alone > 0) retries.inc(alone);
      },
    });
  }

  /** @throws what `explain` makes of a refusal; Problem idempotency-key-reused. */
  async post(tenant: Tenant, posting: Posting, explain: Explain): Promise<Answer> {
    return this.#answer(tenant, posting.key, posting.headers, [await this.#coalescer.submit(tenant, posting)], explain);
  }

  /** The same for postings that are made together or not at all, by a statement of their own; `write` sends it. */
  async postTogether(
    tenant: Tenant,
    first: Pick<Posting, 'key' | 'headers'>,
    write: (tx: TenantTransaction) => Promise<PostingOutcome[]>,
    explain: Explain,
  ): Promise<Answer> {
    let outcomes: Settled[];
    try {
      outcomes = await this.#door.write(tenant, write);
    } catch (error) {
      outcomes = [await this.#answeredBefore(tenant, first.key, error)];
    }
    return this.#answer(tenant, first.key, first.headers, outcomes, explain);
  }

  async #alone(tenant: Tenant, posting: Posting): Promise<Settled> {
    try {
      const [outcome] = await this.#door.write(tenant, (tx) => postEach(tx, [posting]));
      return outcome as PostingOutcome;
    } catch (error) {
      return await this.#answeredBefore(tenant, posting.key, error);
    }
  }

  /** Any unique constraint may be named first: a repeated reversal meets its first self before it meets its key. */
  async #answeredBefore(tenant: Tenant, key: IdempotencyKey | undefined, error: unknown): Promise<Settled> {
    if (key === undefined || brokenUnique(error) === undefined) throw error;
    const answer = await storedAnswer(this.#door, tenant, key);
    if (answer === undefined) throw error;
    return { verdict: 'answered', answer };
  }

  async #answer(
    tenant: Tenant,
    key: IdempotencyKey | undefined,
    headers: Answer['headers'],
    outcomes: readonly Settled[],
    explain: Explain,
  ): Promise<Answer> {
    const [first] = outcomes;
    if (first?.verdict === 'answered') return first.answer;
    for (const [place, outcome] of outcomes.entries()) {
      if (outcome.verdict === 'posted' || outcome.verdict === 'answered') continue;
      // The first attempt may have taken the very money that its repetition misses now.
      const stored = key && (await storedAnswer(this.#door, tenant, key));
      if (stored) return stored;
      throw explain(outcome, place);
    }
    return { status: 201, headers, body: first?.verdict === 'posted' ? first.body : '' };
  }
}
