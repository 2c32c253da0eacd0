import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Hash of every file's path and content, and of what else decides. */
export async function contentHash(folder: string, others: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const other of others) hash.update(`${other.length}:${other}`);
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    const content = await readFile(path);
    hash.update(`${path.slice(folder.length)}:${content.length}:`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}
