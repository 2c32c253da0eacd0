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

/** What is read of vitest's JSON report. */
export interface VitestReport {
  readonly testResults: readonly VitestFile[];
}

interface VitestFile {
  readonly name: string;
  readonly status: string;
  readonly message?: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages?: readonly string[] | undefined;
    readonly meta?: { readonly machineLacks?: string };
  }[];
}

function stageBroke({ status, assertionResults }: VitestFile): boolean {
  return status === 'failed' && assertionResults.length > 0 && assertionResults.every((test) => test.status === 'skipped');
}

/** Files none of whose tests ran because the stage could not be set: a hook before them failed. */
export function filesWithoutAStage(report: VitestReport): string[] {
  return report.testResults.filter(stageBroke).map(({ name }) => name);
}

/** A report in which these files' results are those of a later run; what broke first is kept as the reason of having been tried again. */
export function withTriedAgain(first: VitestReport, later: VitestReport): VitestReport {
  const again = new Map(later.testResults.map((file) => [file.name, file]));
  return {
    testResults: first.testResults.map((file) => {
      const retried = again.get(file.name);
      if (retried === undefined) return file;
      const assertionResults = retried.assertionResults.map((test) => ({
        ...test,
        failureMessages: [...(test.failureMessages ?? []), `its stage broke first: ${file.message ?? ''}`],
      }));
      return { ...retried, assertionResults };
    }),
  };
}

/**
 * Totals of a vitest JSON report. A skipped test counts as failed: it proved nothing, and a green total must not hide it. One that says what the
 * machine lacks for it counts as neither, and is named.
 * A file that broke before its first test counts as one failure.
 */
export function totalsOf(report: VitestReport): Totals {
  const tests = report.testResults.flatMap((file) =>
    file.assertionResults.map((test) => ({
      ...test,
      file: file.name,
      why: test.failureMessages?.[0] ?? (stageBroke(file) ? file.message : ''),
    })),
  );
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const lacking = tests.filter(({ status, meta }) => status === 'skipped' && meta?.machineLacks !== undefined);
  const notPassed = tests.filter((test) => test.status !== 'passed' && !lacking.includes(test));
  return {
    passed: tests.length - notPassed.length - lacking.length,
    failed: notPassed.length + broken.length,
    names: [
      ...notPassed.map((test) => `${test.status}: ${test.fullName} (${test.file})${reason(test.why)}`),
      ...broken.map((file) => `broken: ${file.name}${reason(file.message)}`),
    ],
    triedAgain: tests
      .filter(({ status, failureMessages = [] }) => status === 'passed' && failureMessages.length > 0)
      .map((test) => `${test.fullName} (${test.file})${reason(test.why)}`),
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
