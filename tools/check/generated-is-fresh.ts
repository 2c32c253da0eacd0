import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generatedFiles } from '../generate/generated-files.ts';

const root = join(import.meta.dirname, '..', '..');

/** One sentence per file whose committed text is not what its generator makes now. */
export async function staleFiles(
  wanted: ReadonlyMap<string, string>,
  read: (path: string) => Promise<string | undefined>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const [path, text] of wanted) {
    const found = await read(path);
    if (found === undefined) problems.push(`${path} is missing: run \`npm run generate\` and commit it`);
    else if (found !== text)
      problems.push(`${path} is not what its source says: run \`npm run generate\` and commit it${firstDifference(found, text)}`);
  }
  return problems;
}

function firstDifference(found: string, wanted: string): string {
  const [left, right] = [found.split('\n'), wanted.split('\n')];
  const at = right.findIndex((line, index) => line !== left[index]);
  return at < 0 ? ' (it has lines too many)' : `\n  line ${at + 1} is:   ${left[at] ?? '(absent)'}\n  it should be: ${right[at]}`;
}

if (import.meta.main) {
  const problems = await staleFiles(await generatedFiles(), (path) => readFile(join(root, path), 'utf8').catch(() => undefined));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
