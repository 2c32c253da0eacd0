import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { generatedFiles } from './generate/generated-files.ts';

/** Writes every generated file of the repository, into another folder when one is named. */
const folder = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
for (const [path, text] of await generatedFiles()) {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  console.log(path);
}
