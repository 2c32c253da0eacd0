import type { Part } from './part.ts';
import type { PartReport, PartState } from './supervisor.ts';

/** What a line is drawn from: a part's report, or the like of any other work with a name. */
export type LineReport = Omit<PartReport, 'part'> & { readonly part: Pick<Part, 'name'> };

/** Shows reports of the supervisor. */
export interface ProgressLines {
  readonly report: (report: LineReport) => void;
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

/** A percentage in a text, which is shown as a bar. */
const PERCENT = /(\d+) %/;

/** A log gets a line of a long build or download at every so many percent. */
const LOG_EVERY_PERCENT = 20;

/** One line a part: redrawn in place on a terminal, else a new line at each change of state, so that a log stays readable. */
export function progressLines(parts: readonly Pick<Part, 'name'>[], output: NodeJS.WriteStream = process.stderr): ProgressLines {
  return output.isTTY ? inPlace(parts, output) : progressLog(output);
}

/** `✓ postgres    ready       2.1 s  127.0.0.1:25432`; details of a failure follow on their own lines. */
export function progressLine(report: LineReport): string {
  const [first = '', ...rest] = report.text.split('\n');
  const head = `${MARKS[report.state]} ${report.part.name.padEnd(24)} ${report.state.padEnd(10)} ${report.seconds.toFixed(1).padStart(6)} s`;
  return [`${head}  ${withBar(first)}`.trimEnd(), ...rest].join('\n');
}

/** A new line at each change of state and now and then in a long one, so that a log stays readable. */
export function progressLog(output: Pick<NodeJS.WriteStream, 'write'> = process.stderr): ProgressLines {
  const seen = new Map<string, string>();
  const report = (each: LineReport): void => {
    const percent = Number(PERCENT.exec(each.text)?.[1] ?? 0);
    const stage = `${each.state} ${Math.floor(percent / LOG_EVERY_PERCENT)}`;
    if (seen.get(each.part.name) === stage) return;
    seen.set(each.part.name, stage);
    if (!QUIET.includes(each.state) || percent >= LOG_EVERY_PERCENT) output.write(`${progressLine(each)}\n`);
  };
  return { report, end: () => {} };
}

/** `compiling 34 %` → `███████░░░░░░░░░░░░░ compiling 34 %`. */
function withBar(text: string): string {
  const percent = PERCENT.exec(text)?.[1];
  if (percent === undefined) return text;
  const full = Math.min(20, Math.round(Number(percent) / 5));
  return `${'█'.repeat(full)}${'░'.repeat(20 - full)} ${text}`;
}

function inPlace(parts: readonly Pick<Part, 'name'>[], output: NodeJS.WriteStream): ProgressLines {
  const latest = new Map<string, { report: LineReport; at: number }>();
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
