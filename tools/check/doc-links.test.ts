import { expect, it } from 'vitest';
import { brokenLinks } from './doc-links.ts';

const targets = { exists: (path: string) => path === 'docs/adr/0001.md', scripts: new Set(['check']) };

it('names a relative link that leads nowhere and keeps quiet about one that does not', () => {
  expect(brokenLinks('docs/README.md', '[a](adr/0001.md) [b](gone.md) [c](https://example.test)', targets)).toEqual([
    'docs/README.md: link to gone.md leads nowhere',
  ]);
});

it('names a script that package.json does not have', () => {
  expect(brokenLinks('README.md', 'run `npm run check`, then `npm run chekc`', targets)).toEqual([
    'README.md: there is no script "npm run chekc"',
  ]);
});
