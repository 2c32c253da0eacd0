import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What a document may point at: tracked files, folders of them, and npm scripts. */
export interface DocTargets {
  readonly exists: (path: string) => boolean;
  readonly scripts: ReadonlySet<string>;
}

/** Returns one sentence per relative link or `npm run x` in `text` that leads nowhere. */
export function brokenLinks(file: string, text: string, targets: DocTargets): string[] {
  const links = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '');
  const scripts = [...text.matchAll(/npm run (?!-)([a-z][\w:-]*)/g)].map((match) => match[1] ?? '');
  return [
    ...links.filter((link) => !targets.exists(join(dirname(file), link))).map((link) => `${file}: link to ${link} leads nowhere`),
    ...scripts.filter((script) => !targets.scripts.has(script)).map((script) => `${file}: there is no script "npm run ${script}"`),
  ];
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, '..', '..');
  const files = execFileSync('git', ['ls-files', '*.md'], { encoding: 'utf8', cwd: root }).split('\n').filter(Boolean);
  const scripts = new Set(Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts));
  const targets: DocTargets = { exists: (path) => existsSync(join(root, path)), scripts };
  const broken = files.flatMap((file) => brokenLinks(file, readFileSync(join(root, file), 'utf8'), targets));
  for (const line of broken) console.error(line);
  if (broken.length > 0) process.exitCode = 1;
}
