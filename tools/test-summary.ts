/**
 * Counts of one test run; for the end of the log, what did not pass, what passed only when it was tried again, with the beginning of why, and what
 * cannot run on this machine.
 */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly names: readonly string[];
  readonly triedAgain?: readonly string[];
  readonly lacking?: readonly string[];
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
      readonly meta?: { readonly machineLacks?: string };
    }[];
  }[];
}

/**
 * Totals of a vitest JSON report. A skipped test counts as failed: it proved nothing, and a green total must not hide it. One that says what the
 * machine lacks for it counts as neither, and is named.
 * A file that broke before its first test counts as one failure.
 */
export function totalsOf(report: VitestReport): Totals {
  const tests = report.testResults.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })));
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const lacking = tests.filter(({ status, meta }) => status === 'skipped' && meta?.machineLacks !== undefined);
  const notPassed = tests.filter((test) => test.status !== 'passed' && !lacking.includes(test));
  return {
    passed: tests.length - notPassed.length - lacking.length,
    failed: notPassed.length + broken.length,
    names: [
      ...notPassed.map((test) => `${test.status}: ${test.fullName} (${test.file})${reason(test.failureMessages?.[0])}`),
      ...broken.map((file) => `broken: ${file.name}${reason(file.message)}`),
    ],
    triedAgain: tests
      .filter(({ status, failureMessages = [] }) => status === 'passed' && failureMessages.length > 0)
      .map((test) => `${test.fullName} (${test.file})${reason(test.failureMessages?.[0])}`),
    lacking: lacking.map(({ fullName, meta }) => `${fullName}: ${meta?.machineLacks}`),
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
    lacking: runs.flatMap((run) => run.lacking ?? []),
  };
}
