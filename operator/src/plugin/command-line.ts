import { parseArgs } from 'node:util';
import { durationMs } from '@tenantry/contracts';
import { PluginError } from './plugin-error.ts';

export const USAGE = `kubectl tenantry COMMAND [NAME] [flags]

  status                 all tenants: how many are ready, and why the others are not
  explain NAME           the step that holds a tenant up, its last error, the next try, and what to do
  diff NAME [-f FILE]    what differs from the spec; with a file, what applying it would change
  suspend NAME --reason TEXT
                         every request is answered 403 with the reason; data is kept
  resume NAME            takes suspending back
  rotate NAME            new credentials; the old ones go on working for the tenant's overlap
  backup NAME            a backup now, proven by restoring it; says where it is
  restore NAME --from LOCATION
                         the backup takes the place of a suspended tenant's data
  reconcile NAME         one pass over everything, now
  report [NAME]          one file for a bug report, without secrets; without a name of the whole fleet

  -o, --output json      for programs
  -f, --file FILE        diff: the manifest; report: where to write ("-" for standard output)
      --reason TEXT      suspend: shown to the tenant's users
      --from LOCATION    restore: of a backup of this tenant
      --force            take fields over that another field manager owns
      --no-wait          do not wait until it is done
      --timeout 2m       how long to wait
      --kubeconfig FILE  --context NAME

Exit codes: 0 all is well · 1 the tenant is not ready, or differs · 2 wrong usage · 3 could not be done or found out
`;

const COMMANDS = ['status', 'explain', 'diff', 'suspend', 'resume', 'rotate', 'backup', 'restore', 'reconcile', 'report'] as const;
export type CommandName = (typeof COMMANDS)[number];

/** What a person asked for. */
export interface CommandLine {
  readonly command: CommandName;
  readonly name: string | undefined;
  readonly json: boolean;
  readonly file: string | undefined;
  readonly reason: string | undefined;
  readonly from: string | undefined;
  readonly force: boolean;
  readonly wait: boolean;
  readonly timeoutMs: number;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** `undefined`: help was asked for. @throws PluginError `usage`. */
export function parseCommandLine(words: readonly string[]): CommandLine | undefined {
  const { values, positionals } = parsed(words);
  const [command, name, ...more] = positionals;
  if (values.help || command === 'help' || command === undefined) return undefined;
  const known = COMMANDS.find((each) => each === command);
  if (known === undefined) throw usage(`no such command: ${command}`);
  if (more.length > 0) throw usage(`too much: ${more.join(' ')}`);
  if (name === undefined && known !== 'status' && known !== 'report') throw usage(`${known} needs the name of a tenant`);
  if (values.output !== undefined && values.output !== 'json') throw usage(`--output knows only json, not ${values.output}`);
  if (known === 'suspend' && (values.reason ?? '').trim() === '') throw usage('suspend needs --reason: it is shown to the tenant’s users');
  if (known === 'restore' && values.from === undefined) throw usage('restore needs --from: the location that backup named');
  return {
    command: known,
    name,
    json: values.output === 'json',
    file: values.file,
    reason: values.reason,
    from: values.from,
    force: values.force ?? false,
    wait: !(values['no-wait'] ?? false),
    timeoutMs: timeout(values.timeout ?? '2m'),
    kubeconfig: values.kubeconfig,
    context: values.context,
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        output: { type: 'string', short: 'o' },
        file: { type: 'string', short: 'f' },
        reason: { type: 'string' },
        from: { type: 'string' },
        force: { type: 'boolean' },
        'no-wait': { type: 'boolean' },
        timeout: { type: 'string' },
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function timeout(text: string): number {
  try {
    return durationMs(text);
  } catch {
    throw usage(`--timeout must be a duration such as 90s or 2m, not ${text}`);
  }
}

function usage(message: string): PluginError {
  return new PluginError('usage', `${message} (kubectl tenantry --help)`);
}
