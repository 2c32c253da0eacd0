import type { Customer } from '@tenantry/contracts';
import { describe, expect, it } from 'vitest';
import { applyPatch, mergePatch } from './merge-patch.ts';

describe('merge patch', () => {
  // RFC 7396, appendix A.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('%s patched with %s is %s', (target, patch, result) => {
    expect(mergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result));
  });

  it('of a customer clears fields with null, merges attributes, and names what differs', () => {
    const customer = {
      name: 'Ada',
      email: 'a@example.org',
      segment: 'gold',
      tags: ['x'],
      attributes: { a: { b: 1 }, c: 2 },
    } as unknown as Customer;
    const { after, changed } = applyPatch(customer, { segment: null, tags: ['x'], attributes: { a: { d: 3 }, c: null } });
    expect(after).toMatchObject({ name: 'Ada', segment: null, attributes: { a: { b: 1, d: 3 } } });
    expect(Object.keys(after.attributes)).toEqual(['a']);
    expect(changed).toEqual(['segment', 'attributes']);
    expect(applyPatch(customer, { attributes: { c: 2 }, name: 'Ada' }).changed).toEqual([]);
  });
});
