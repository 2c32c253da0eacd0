import type { Part } from './part.ts';
import type { PartReport, PartState } from './supervisor.ts';

/** Shows reports of the supervisor. */
export interface ProgressLines {
  readonly report: (report: PartReport) => void;
  /** Ends drawing; what was said stays. */
  readonly end: () => void;
}

const MARKS: Readonly<Record<PartState, string>> = {
  waiting: '·',
  installing: '↓',
  installed: '·',
  starting: '…',
  ready: '✓',
  failed: '✗',
  skipped: '-',
  stopping: '…',
  stopped: '✓',
};

/** States that pass in moments; a log is shorter without them. */
const QUIET: readonly PartState[] = ['waiting', 'installed', 'starting', 'stopping'];

/** One line a part: redrawn in place on a terminal, else a new line at each change of state, so that a log stays readable. */
export function progressLines(parts: readonly Part[], output: NodeJS.WriteStream = process.stderr): ProgressLines {
  return output.isTTY ? inPlace(parts, output) : lineByLine(output);
}

/** `✓ postgres    ready       2.1 s  127.0.0.1:25432`; details of a failure follow on their own lines. */
export function progressLine(report: PartReport): string {
  const [first = '', ...rest] = report.text.split('\n');
  const head = `${MARKS[report.state]} ${report.part.name.padEnd(24)} ${report.state.padEnd(10)} ${report.seconds.toFixed(1).padStart(6)} s`;
  return [`${head}  ${first}`.trimEnd(), ...rest].join('\n');
}

function lineByLine(output: NodeJS.WriteStream): ProgressLines {
  const seen = new Map<string, PartState>();
  const report = (each: PartReport): void => {
    if (seen.get(each.part.name) === each.state) return;
    seen.set(each.part.name, each.state);
    if (!QUIET.includes(each.state)) output.write(`${progressLine(each)}\n`);
  };
  return { report, end: () => {} };
}

function inPlace(parts: readonly Part[], output: NodeJS.WriteStream): ProgressLines {
  const latest = new Map<string, { report: PartReport; at: number }>();
  let drawn = 0;
  const draw = (): void => {
    const lines = parts.map((part) => {
      const entry = latest.get(part.name);
      if (!entry) return `· ${part.name}`;
      // Only a working part's clock runs on between its reports.
      const working = ['installing', 'starting', 'stopping'].includes(entry.report.state);
      const seconds = entry.report.seconds + (working ? (performance.now() - entry.at) / 1000 : 0);
      const text = entry.report.text.split('\n')[0] ?? '';
      return progressLine({ ...entry.report, seconds, text }).slice(0, (output.columns || 120) - 1);
    });
    output.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}${lines.map((line) => `\x1b[2K${line}\n`).join('')}`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, 200);
  return {
    report: (report) => void latest.set(report.part.name, { report, at: performance.now() }),
    end: () => {
      clearInterval(timer);
      draw();
      for (const { report } of latest.values()) if (report.state === 'failed') output.write(`\n${progressLine(report)}\n`);
      drawn = 0;
    },
  };
}
