import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What a bench is asked for on the command line. */
export interface BenchOptions {
  /** A smoke of a minute or so: fewer and shorter turns, half the bars. */
  readonly short: boolean;
  readonly rounds: number;
  /** Rounds count however busy the machine is: for looking at profiles, never for a verdict. */
  readonly despiteLoad: boolean;
  /** Folder for a CPU profile of our process. */
  readonly profileFolder: string | undefined;
}

export interface CommandLine extends BenchOptions {
  readonly name: string;
  readonly bars: boolean;
  readonly baseline: boolean;
}

/** @throws Error saying what is wrong with the words. */
export function commandLine(words: readonly string[]): CommandLine {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      bars: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      baseline: { type: 'boolean', default: false },
      'despite-load': { type: 'boolean', default: false },
      rounds: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new Error('name one bench');
  const rounds = values.rounds === undefined ? (values.short ? 2 : 6) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is a whole number from 1');
  if (values.baseline && values.short) throw new Error('--baseline is for the full form: leave --short out');
  const despiteLoad = values['despite-load'];
  if (despiteLoad && (values.bars || values.baseline)) throw new Error('--despite-load gives no verdict and no baseline');
  return {
    name,
    bars: values.bars,
    baseline: values.baseline,
    short: values.short,
    rounds,
    despiteLoad,
    profileFolder: values.profile && resolve(values.profile),
  };
}
