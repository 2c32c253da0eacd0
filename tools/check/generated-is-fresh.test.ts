import { expect, it } from 'vitest';
import { staleFiles } from './generated-is-fresh.ts';

const wanted = new Map([['docs/a.md', 'one\ntwo\n']]);

it('says which line of which file is stale, and what to run', async () => {
  const [problem] = await staleFiles(wanted, async () => 'one\n2\n');
  expect(problem).toContain('docs/a.md is not what its source says: run `npm run generate`');
  expect(problem).toContain('line 2 is:   2');
});

it('counts a missing file as stale', async () => {
  expect(await staleFiles(wanted, async () => undefined)).toEqual(['docs/a.md is missing: run `npm run generate` and commit it']);
});

it('has nothing to say when every file is what its generator makes', async () => {
  expect(await staleFiles(wanted, async () => 'one\ntwo\n')).toEqual([]);
});
