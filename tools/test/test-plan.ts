const PROJECTS = ['unit', 'integration', 'e2e'] as const;
export type Project = (typeof PROJECTS)[number];

/** What one `npm test` runs. */
export interface TestPlan {
  readonly checks: boolean;
  readonly projects: readonly Project[];
  /** Passed to vitest: parts of file paths, or `-t name`. */
  readonly filters: readonly string[];
  /** Integration and e2e tests run on the whole platform, our own products included. */
  readonly needsServers: boolean;
}

const USAGE = `usage: npm test [-- [checks] [unit] [integration] [e2e] [FILTER …]]
  without arguments: the checks and all three projects
  FILTER: part of a test file's path, or -t "part of a test's name"
  npm test -- integration stack/     integration tests below stack/
Exit code: 0 all passed · 1 something failed · 2 usage · 130 or 143 interrupted.`;

/** Words before the first filter choose what runs. @throws with the usage for an option vitest does not have with us. */
export function testPlan(words: readonly string[]): TestPlan {
  const known: readonly string[] = ['checks', ...PROJECTS];
  const first = words.findIndex((word) => !known.includes(word));
  const chosen = first < 0 ? words : words.slice(0, first);
  const filters = first < 0 ? [] : words.slice(first);
  const unknown = filters.find((word) => word.startsWith('-') && word !== '-t');
  if (unknown !== undefined) throw new Error(`unknown option ${unknown}\n${USAGE}`);
  // A filter alone means tests: no check has a file path.
  const projects = chosen.length === 0 ? PROJECTS : PROJECTS.filter((project) => chosen.includes(project));
  const checks = chosen.length === 0 ? filters.length === 0 : chosen.includes('checks');
  return { checks, projects, filters, needsServers: projects.some((project) => project !== 'unit') };
}
