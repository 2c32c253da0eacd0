import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonLibrary } from '@tenantry/stack/install/python-library.ts';
import { stackContext } from '@tenantry/stack/local-stack.ts';
import { runCommand } from '@tenantry/stack/run-command.ts';
import { z } from 'zod';

const VERSION = '4.32.0';

/** What schemathesis did. */
export interface FuzzReport {
  readonly operations: number;
  readonly cases: number;
  /** One text per unique failure, with what to send to see it again. */
  readonly failures: readonly string[];
}

export interface FuzzOptions {
  readonly url: string;
  readonly token: string;
  readonly seed: number;
  /** Generated cases per operation, at most. */
  readonly examples: number;
  /** Operations of these tags may answer 503: a server they need is not there. */
  readonly awayTags?: readonly string[];
}

/**
 * Checks that are on: all but one. `positive_data_acceptance` would demand that whatever fits the JSON Schema is accepted, and some of our
 * rules cannot be said in one: well-formed Unicode without NUL, a name not taken, a key not used for another body.
 */
const CONFIG = `
[checks]
positive_data_acceptance.enabled = false
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "431", "5xx"]
missing_required_header.expected-statuses = ["400", "401", "403", "406", "415", "422", "428"]
`;

/** Calls the API as its own description says, and as it says not to (schemathesis, property-based). */
export async function fuzzApi({ url, token, seed, examples, awayTags = [] }: FuzzOptions): Promise<FuzzReport> {
  const library = await installedSchemathesis();
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-fuzz-'));
  try {
    const config = join(folder, 'schemathesis.toml');
    const away = awayTags.map((tag) => `[[operations]]\ninclude-tag = ${JSON.stringify(tag)}\nchecks.not_a_server_error.enabled = false\n`);
    // The token is in the file, never in the arguments, which every process of the machine can read.
    await writeFile(config, `headers = { Authorization = "Bearer ${token}" }\n${CONFIG}${away.join('\n')}`, { mode: 0o600 });
    const report = join(folder, 'report.json');
    const lines: string[] = [];
    // Its exit code says "found something"; what it found is in report and output.
    await runCommand(
      'python3',
      [
        ...['-m', 'schemathesis.cli', '--config-file', config, 'run', `${url}/v1/openapi.json`],
        ...['--seed', String(seed), '--max-examples', String(examples), '--workers', '1', '--continue-on-failure'],
        ...['--no-color', '--report', 'json', '--report-json-path', report, '--generation-database', 'none'],
      ],
      { cwd: folder, env: { PYTHONPATH: library }, onLine: (line) => lines.push(line) },
    ).catch(() => {});
    return await readReport(report, lines.join('\n'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const Report = z.object({
  operations: z.object({ tested: z.number() }),
  test_cases: z.object({ generated: z.number(), unique_failures: z.number(), errored: z.number() }),
  errors: z.array(z.object({ title: z.string() })),
});

/** The numbers of the report and, for each failure, its part of the output. @throws when schemathesis itself went wrong. */
async function readReport(path: string, output: string): Promise<FuzzReport> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Error(`schemathesis wrote no report:\n${output.slice(-4000)}`);
  const { operations, test_cases: cases, errors } = Report.parse(JSON.parse(text));
  if (errors.length > 0) throw new Error(`schemathesis: ${errors.map(({ title }) => title).join(', ')}\n${output.slice(-4000)}`);
  const failures = output.split(/^(?=\d+\. Test Case ID)/m).slice(1);
  if (failures.length === 0 && cases.unique_failures > 0) failures.push(output.slice(-4000));
  return { operations: operations.tested, cases: cases.generated, failures };
}

/** One worker: with several, Python 3.11 breaks in the library's own introspection. */
function installedSchemathesis(): Promise<string> {
  const context = { ...stackContext(), progress: () => {} };
  return pythonLibrary(context, { name: 'schemathesis', version: VERSION, requirements: [`schemathesis==${VERSION}`] });
}
