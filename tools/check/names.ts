import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';

/** Names that say nothing about what is inside. */
const EMPTY_NAMES = /(^|\/)(utils?|helpers?|common|shared|misc|manager|base|types)(\.ts$|\/)/;

/** Returns one sentence per tracked file whose name breaks the house style; empty when all is well. */
export function nameProblems(files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const problems: string[] = [];
    if (EMPTY_NAMES.test(file)) problems.push(`${file}: the name says nothing; call it after what it does`);
    if (/\.tsx?$/.test(file) && !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.tsx?$/.test(basename(file))) {
      problems.push(`${file}: source files are kebab-case`);
    }
    return problems;
  });
}

if (import.meta.main) {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.mjs'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  const problems = nameProblems(files);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
