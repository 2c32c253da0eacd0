/** One line of the log, as the diagnostics show it. */
export interface LogLine {
  readonly at: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

const LINES_KEPT = 200;

/** The last lines of what happened, in memory: for the diagnostics, and on standard output for who starts the application from a shell. */
export class DesktopLog {
  readonly #lines: LogLine[] = [];
  readonly #write: (line: LogLine) => void;
  readonly #now: () => Date;

  constructor(options: { readonly write?: (line: LogLine) => void; readonly now?: () => Date } = {}) {
    this.#write = options.write ?? (() => {});
    this.#now = options.now ?? (() => new Date());
  }

  /** Oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  info(message: string, fields: LogLine['fields'] = {}): void {
    this.#add('info', message, fields);
  }

  warn(message: string, fields: LogLine['fields'] = {}): void {
    this.#add('warn', message, fields);
  }

  /** Of an error only its name and words: its stack has paths of this machine, its properties may have what was sent. */
  error(message: string, fields: LogLine['fields'], error: unknown): void {
    this.#add('error', message, { ...fields, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  }

  #add(level: LogLine['level'], message: string, fields: LogLine['fields']): void {
    const line: LogLine = { at: this.#now().toISOString(), level, message, fields: withoutSecrets(fields) };
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    this.#write(line);
  }
}

/** A JWT, or what stands behind `token=`, `code=` and the like in an address. */
const SECRETS = [
  /\beyJ[\w-]+\.[\w-]*\.[\w-]*/g,
  /\b((?:access_|refresh_|id_)?token|code|code_verifier|state|password|secret|X-Amz-\w+)=[^&\s"']+/gi,
];

/** Text as it may be shown to anybody: what looks like a credential is left out. Nothing of ours writes one; words of other servers might. */
export function withoutSecretsIn(text: string): string {
  return SECRETS.reduce(
    (shorter, pattern) => shorter.replace(pattern, (_, name?: string) => (typeof name === 'string' ? `${name}=…` : '…')),
    text,
  );
}

function withoutSecrets(fields: LogLine['fields']): LogLine['fields'] {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? withoutSecretsIn(value) : value]),
  );
}
