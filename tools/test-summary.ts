/** Counts of one test run; `names` lists what did not pass, for the end of the log. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly names: readonly string[];
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/**
 * Totals of a vitest JSON report. A skipped test counts as failed: it proved nothing, and a green total must not hide it.
 * A file that broke before its first test counts as one failure.
 */
export function totalsOf(report: VitestReport): Totals {
  const tests = report.testResults.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const notPassed = tests.filter((test) => test.status !== 'passed');
  return {
    passed: tests.length - notPassed.length,
    failed: notPassed.length + broken.length,
    names: [...notPassed.map((test) => `${test.status}: ${test.fullName} (${test.file})`), ...broken.map((file) => `broken: ${file.name}`)],
  };
}

/** Adds runs up. */
export function sum(runs: readonly Totals[]): Totals {
  return {
    passed: runs.reduce((total, run) => total + run.passed, 0),
    failed: runs.reduce((total, run) => total + run.failed, 0),
    names: runs.flatMap((run) => run.names),
  };
}
