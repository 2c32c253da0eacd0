import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** What the built page loads before it shows anything: its script and every script that one imports. @returns bytes as they are sent, compressed */
export async function initialScriptBytes(pageFolder: string): Promise<number> {
  const page = await readFile(join(pageFolder, 'index.html'), 'utf8');
  const waiting = [...page.matchAll(/<script[^>]*src="\.\/assets\/([^"]+)"/g)].map(([, name]) => name as string);
  if (waiting.length === 0) throw new Error('the built page names no script');
  const seen = new Set<string>();
  let bytes = 0;
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const script = await readFile(join(pageFolder, 'assets', name));
    bytes += gzipSync(script, { level: 9 }).length;
    // What is imported by a call is loaded when it is needed.
    for (const [, imported] of script.toString('utf8').matchAll(/(?:import|from)\s*"\.\/([^"]+\.js)"/g)) waiting.push(imported as string);
  }
  return bytes;
}
