import { type Answer, type IdempotencyKey, storedAnswer } from '../../journal/idempotency-keys.ts';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { Coalescer } from '../../tenancy/coalescer.ts';
import type { Door, TenantTransaction } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { type Posting, type PostingOutcome, postEach, postTransfers, type TransferPosting } from './posting-statement.ts';

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
  readonly #postings: Coalescer<Posting, Settled>;
  readonly #transfers: Coalescer<TransferPosting, readonly Settled[]>;

  constructor(door: Door, metrics: Metrics) {
    this.#door = door;
    const counted = (statement: string) => {
      const sizes = metrics.batchSize.labels(statement);
      const retries = metrics.retriedAlone.labels(statement);
      return (size: number, alone: number) => {
        sizes.observe(size);
        if (alone > 0) retries.inc(alone);
      };
    };
    this.#postings = new Coalescer({
      maxBatch: 256,
      maxFlying: 2,
      joinFrom: 16,
      exclusive: (posting) => posting.key?.key,
      together: (tenant, postings) => door.write(tenant, (tx) => postEach(tx, postings)),
      alone: async (tenant, posting) => (await this.#write(tenant, posting.key, (tx) => postEach(tx, [posting])))[0] as Settled,
      onBatch: counted('postTransaction'),
    });
    this.#transfers = new Coalescer({
      // Each locks two accounts, and one that is refused sends all of them on their own ways.
      maxBatch: 64,
      maxFlying: 2,
      joinFrom: 16,
      exclusive: ([debit]) => debit.key?.key,
      together: (tenant, transfers) => this.#transferAll(tenant, transfers),
      alone: (tenant, transfer) => this.#write(tenant, transfer[0].key, (tx) => postTransfers(tx, [transfer])),
      onBatch: counted('createTransfer'),
    });
  }

  /** @throws what `explain` makes of a refusal; Problem idempotency-key-reused. */
  async post(tenant: Tenant, posting: Posting, explain: Explain): Promise<Answer> {
    return this.#answer(tenant, posting.key, posting.headers, [await this.#postings.submit(tenant, posting)], explain);
  }

  /** The same for both sides of a transfer, and for many transfers at once. */
  async transfer(tenant: Tenant, transfer: TransferPosting, explain: Explain): Promise<Answer> {
    const [{ key, headers }] = transfer;
    return this.#answer(tenant, key, headers, await this.#transfers.submit(tenant, transfer), explain);
  }

  /** The same for postings that are made together or not at all, by a statement of their own; `write` sends it. */
  async postTogether(
    tenant: Tenant,
    first: Pick<Posting, 'key' | 'headers'>,
    write: (tx: TenantTransaction) => Promise<PostingOutcome[]>,
    explain: Explain,
  ): Promise<Answer> {
    return this.#answer(tenant, first.key, first.headers, await this.#write(tenant, first.key, write), explain);
  }

  /** Undefined for all when one is refused: a refused transfer lets none of its neighbours be written. */
  async #transferAll(tenant: Tenant, transfers: readonly TransferPosting[]): Promise<(readonly Settled[] | undefined)[]> {
    const outcomes = await this.#door.write(tenant, (tx) => postTransfers(tx, transfers));
    const isWritten = transfers.length === 1 || outcomes.every(({ verdict }) => verdict === 'posted');
    return transfers.map((_, place) => (isWritten ? outcomes.slice(2 * place, 2 * place + 2) : undefined));
  }

  async #write(
    tenant: Tenant,
    key: IdempotencyKey | undefined,
    write: (tx: TenantTransaction) => Promise<PostingOutcome[]>,
  ): Promise<Settled[]> {
    try {
      return await this.#door.write(tenant, write);
    } catch (error) {
      return [await this.#answeredBefore(tenant, key, error)];
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
