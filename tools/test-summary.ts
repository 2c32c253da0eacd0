/** Counts of one test run; for the end of the log, what did not pass, and what passed only when it was tried again, with the beginning of why. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly names: readonly string[];
  readonly triedAgain?: readonly string[];
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | undefined;
    }[];
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
    names: [
      ...notPassed.map((test) => `${test.status}: ${test.fullName} (${test.file})${reason(test.failureMessages?.[0])}`),
      ...broken.map((file) => `broken: ${file.name}${reason(file.message)}`),
    ],
    triedAgain: tests
      .filter(({ status, failureMessages = [] }) => status === 'passed' && failureMessages.length > 0)
      .map((test) => `${test.fullName} (${test.file})${reason(test.failureMessages?.[0])}`),
  };
}

const REASON_LINES = 12;

function reason(message = ''): string {
  if (message === '') return '';
  const lines = message.split('\n').slice(0, REASON_LINES);
  return `\n${lines.map((line) => `    ${line}`).join('\n')}`;
}

/** Adds runs up. */
export function sum(runs: readonly Totals[]): Totals {
  return {
    passed: runs.reduce((total, run) => total + run.passed, 0),
    failed: runs.reduce((total, run) => total + run.failed, 0),
    names: runs.flatMap((run) => run.names),
    triedAgain: runs.flatMap((run) => run.triedAgain ?? []),
  };
}
