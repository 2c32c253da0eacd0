import { describe, expect, it } from 'vitest';
import { DatabaseAway } from '../postgres/sql-errors.ts';
import { Coalescer } from './coalescer.ts';
import type { Tenant } from './tenant.ts';

const tenant = (tenantId: string): Tenant => ({ tenantId }) as Tenant;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A door that keeps every batch until it is let go. */
function harness(
  options: { exclusive?: (item: string) => string | undefined; maxBatch?: number; maxFlying?: number; joinFrom?: number } = {},
) {
  const batches: { tenantId: string; items: readonly string[]; land: (results?: (string | undefined)[] | Error) => void }[] = [];
  const alone: string[] = [];
  const coalescer = new Coalescer<string, string>({
    maxBatch: options.maxBatch ?? 100,
    maxFlying: options.maxFlying ?? 1,
    joinFrom: options.joinFrom ?? 1,
    ...(options.exclusive ? { exclusive: options.exclusive } : {}),
    together: ({ tenantId }, items) =>
      new Promise((resolve, reject) => {
        const land = (results: (string | undefined)[] | Error = items.map((item) => `ok ${item}`)) =>
          results instanceof Error ? reject(results) : resolve(results);
        batches.push({ tenantId, items, land });
      }),
    alone: async (_, item) => {
      alone.push(item);
      if (item.startsWith('poison')) throw new Error(`refused ${item}`);
      return `alone ${item}`;
    },
  });
  return { coalescer, batches, alone };
}

describe('the coalescer', () => {
  it('sends the first request at once and gathers the rest behind it, per tenant', async () => {
    const { coalescer, batches } = harness();
    const acme = tenant('acme');
    const answers = ['a', 'b', 'c'].map((item) => coalescer.submit(acme, item));
    void coalescer.submit(tenant('globex'), 'x');
    expect(batches.map(({ tenantId, items }) => [tenantId, ...items])).toEqual([
      ['acme', 'a'],
      ['globex', 'x'],
    ]);
    batches[0]?.land();
    await turn();
    expect(batches[2]?.items).toEqual(['b', 'c']);
    batches[2]?.land();
    expect(await Promise.all(answers)).toEqual(['ok a', 'ok b', 'ok c']);
  });

  it('tries alone what a batch left out, and everything when the batch failed: poison fails alone', async () => {
    const { coalescer, batches, alone } = harness();
    const acme = tenant('acme');
    const answers = ['a', 'b', 'poison'].map((item) => coalescer.submit(acme, item).catch((error: Error) => error.message));
    batches[0]?.land([undefined]);
    await turn();
    batches[1]?.land(new Error('value out of range'));
    expect(await Promise.all(answers)).toEqual(['alone a', 'alone b', 'refused poison']);
    expect(alone).toEqual(['a', 'b', 'poison']);
  });

  it('fails everybody and tries nothing alone when the database is away', async () => {
    const { coalescer, batches, alone } = harness();
    const answer = coalescer.submit(tenant('acme'), 'a');
    batches[0]?.land(new DatabaseAway('gone'));
    await expect(answer).rejects.toThrow('gone');
    expect(alone).toEqual([]);
  });

  it('never has two requests of one key on their way', async () => {
    const { coalescer, batches } = harness({ exclusive: (item) => (item.startsWith('k') ? item[1] : undefined), maxFlying: 2 });
    const acme = tenant('acme');
    const answers = ['k1a', 'k1b', 'k2', 'x', 'k1c'].map((item) => coalescer.submit(acme, item));
    expect(batches.map(({ items }) => items)).toEqual([['k1a'], ['k2']]);
    batches[1]?.land();
    await turn();
    expect(batches[2]?.items).toEqual(['x']);
    batches[0]?.land();
    await turn();
    expect(batches[3]?.items).toEqual(['k1b']);
    batches[2]?.land();
    batches[3]?.land();
    await turn();
    expect(batches[4]?.items).toEqual(['k1c']);
    batches[4]?.land();
    expect(await Promise.all(answers)).toEqual(['ok k1a', 'ok k1b', 'ok k2', 'ok x', 'ok k1c']);
  });

  it('sends a second statement beside the first only when as many requests wait as are on their way, and at least as many as asked', async () => {
    const { coalescer, batches } = harness({ maxFlying: 2, joinFrom: 3 });
    const answers = ['a', 'b', 'c'].map((item) => coalescer.submit(tenant('acme'), item));
    expect(batches.map(({ items }) => items)).toEqual([['a']]);
    answers.push(...['d', 'e', 'f', 'g', 'h'].map((item) => coalescer.submit(tenant('acme'), item)));
    expect(batches.map(({ items }) => items)).toEqual([['a'], ['b', 'c', 'd']]);
    batches[0]?.land();
    await turn();
    expect(batches[2]?.items).toEqual(['e', 'f', 'g', 'h']);
    answers.push(...['i', 'j', 'k', 'l'].map((item) => coalescer.submit(tenant('acme'), item)));
    batches[1]?.land();
    await turn();
    expect(batches[3]?.items).toEqual(['i', 'j', 'k', 'l']);
    batches[2]?.land();
    batches[3]?.land();
    expect(await Promise.all(answers)).toHaveLength(12);
  });

  it('reads what has come in after a large batch before the next one leaves, so that nobody leaves alone', async () => {
    const { coalescer, batches } = harness();
    const submit = (items: string) => [...items].map((item) => coalescer.submit(tenant('acme'), item));
    const first = submit('abcdefghi');
    batches[0]?.land();
    await turn();
    batches[1]?.land();
    for (const back of 'jkl') {
      await turn();
      first.push(...submit(back));
      expect(batches).toHaveLength(2);
    }
    // The first turn that brings nobody ends it.
    await turn();
    await turn();
    expect(batches[2]?.items).toEqual(['j', 'k', 'l']);
    batches[2]?.land();
    expect(await Promise.all(first)).toHaveLength(12);
    await turn();
    // Idle again: nothing is waited for.
    const last = coalescer.submit(tenant('acme'), 'm');
    expect(batches[3]?.items).toEqual(['m']);
    batches[3]?.land();
    await last;
  });

  it('keeps batches within their size', async () => {
    const { coalescer, batches } = harness({ maxBatch: 2 });
    const answers = ['a', 'b', 'c', 'd'].map((item) => coalescer.submit(tenant('acme'), item));
    for (let at = 0; at < 3; at += 1) {
      batches[at]?.land();
      await turn();
    }
    expect(batches.map(({ items }) => items.length)).toEqual([1, 2, 1]);
    await Promise.all(answers);
  });
});
