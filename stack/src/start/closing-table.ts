/** One line of what runs. */
export interface ClosingRow {
  readonly what: string;
  readonly where: string;
  readonly signIn: string;
}

/** What a start came to. */
export interface Closing {
  readonly version: string;
  readonly nodeVersion: string;
  readonly seconds: number;
  /** When the data began, for a start that found some. */
  readonly dataSince: string | undefined;
  readonly rows: readonly ClosingRow[];
  /** What is not the real thing, with what it stands for. */
  readonly standIns: readonly string[];
  /** Parts of the platform that do not run. */
  readonly missing: readonly string[];
  /** Output of `kubectl get tenants`. */
  readonly tenants: string;
  /** Commands to try, as they can be pasted. */
  readonly commands: readonly string[];
}

/** What a person sees once everything is up. */
export function closingText(closing: Closing): string {
  const welcome =
    closing.dataSince === undefined ? '' : ` · welcome back, your data is of ${closing.dataSince.slice(0, 16).replace('T', ' ')} UTC`;
  return [
    '',
    `Tenantry ${closing.version} · node ${closing.nodeVersion} · ready in ${closing.seconds.toFixed(0)} s${welcome}`,
    '',
    indent(rowsText(closing.rows)),
    '',
    `  Stand-ins: ${closing.standIns.length === 0 ? 'none, every server above is the real one' : closing.standIns.join('; ')}.`,
    ...(closing.missing.length === 0 ? [] : [`  Not running: ${closing.missing.join(', ')}. \`npm run doctor\` says why.`]),
    ...(closing.tenants === '' ? [] : ['', indent(closing.tenants.trimEnd())]),
    ...(closing.commands.length === 0 ? [] : ['', '  Try, in this folder:', ...closing.commands.map((command) => `    ${command}`)]),
    '',
    '  Again: npm run status   Problems: npm run doctor   Stop: Ctrl-C (keeps the data)   Begin anew: npm run reset',
    '',
  ].join('\n');
}

function rowsText(rows: readonly ClosingRow[]): string {
  const all = [{ what: 'What', where: 'Where', signIn: 'Sign in (a command, or name: file of the password)' }, ...rows];
  const width = (column: keyof ClosingRow): number => Math.max(...all.map((row) => row[column].length));
  const [what, where] = [width('what'), width('where')];
  return all.map((row) => `${row.what.padEnd(what)}  ${row.where.padEnd(where)}  ${row.signIn}`.trimEnd()).join('\n');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
