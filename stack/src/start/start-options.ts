import { parseArgs } from 'node:util';

/** How `npm start` was asked to behave. */
export interface StartOptions {
  /** Say what would be installed and where, and end. */
  readonly dryRun: boolean;
  /** Start, run the end-to-end specifications, take down. */
  readonly check: boolean;
  /** Also print cold and warm seconds of each part. */
  readonly timings: boolean;
  readonly help: boolean;
}

export const USAGE = `npm start [-- --dry-run | --check] [-- --timings]
  (nothing)    check the machine, install what is missing, start everything, make two sample tenants, and stay until Ctrl-C
  --dry-run    say what would be installed and where, and stop there
  --check      the same start, then the end-to-end tests, then take down
  --timings    print cold and warm seconds of each part as well
Exit codes: 0 it ended as asked (Ctrl-C and SIGTERM count) · 1 a problem that is named above the end · 2 wrong usage
`;

/** @throws with the usage when an option is not known or two do not go together. */
export function startOptions(words: readonly string[]): StartOptions {
  try {
    const { values } = parseArgs({
      args: words.filter((word) => word !== '--'),
      options: {
        'dry-run': { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        timings: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values['dry-run'] && values.check) throw new Error('--dry-run and --check do not go together');
    return { dryRun: values['dry-run'], check: values.check, timings: values.timings, help: values.help };
  } catch (cause) {
    throw new Error(`${(cause as Error).message.split('. ')[0]}\n${USAGE}`, { cause });
  }
}
