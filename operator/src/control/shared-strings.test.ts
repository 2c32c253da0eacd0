import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { SharedStrings } from './shared-strings.ts';

/** What is alive of ten thousand objects read from JSON, in bytes; in a process of its own, where nothing else is. */
function alive(read: string): number {
  const program = `
    import { SharedStrings } from ${JSON.stringify(new URL('./shared-strings.ts', import.meta.url).href)};
    const strings = new SharedStrings();
    const read = ${read};
    const text = JSON.stringify({ steps: ['Everything equals the spec.', 'The pooled replicas serve this tenant.'] });
    read(text);
    gc();
    const before = process.memoryUsage().heapUsed;
    const kept = Array.from({ length: 10_000 }, () => read(text));
    gc();
    console.log(process.memoryUsage().heapUsed - before, kept.length);`;
  const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '--eval', program], { encoding: 'utf8' });
  return Number(output.split(' ')[0]);
}

it('leaves every value as it is', () => {
  const strings = new SharedStrings();
  const value = { a: 'x', list: ['x', null, 1, { deep: 'x', is: true }], none: undefined, long: 'y'.repeat(1000) };
  expect(strings.in(structuredClone(value))).toEqual(value);
});

it('takes far less memory for many objects that say the same', () => {
  const apart = alive('(text) => JSON.parse(text)');
  const shared = alive('(text) => strings.in(JSON.parse(text))');
  expect(shared).toBeGreaterThan(0);
  expect(shared).toBeLessThan(0.75 * apart);
});

it('goes on when there are more different strings than it remembers', () => {
  const strings = new SharedStrings();
  for (let number = 0; number < 12_000; number += 1) expect(strings.in({ number: `${number}` })).toEqual({ number: `${number}` });
});
