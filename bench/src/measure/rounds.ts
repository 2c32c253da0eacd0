import type { Disturbance } from './guard.ts';

/** One contender's turn. */
export interface Turn {
  /** What is compared: requests per second, or seconds. */
  readonly value: number;
  /** CPU milliseconds per operation, by who used them. */
  readonly cpuMs: Readonly<Record<string, number>>;
  readonly disturbance: Disturbance;
  /** Why the turn does not count. */
  readonly complaint: string | undefined;
  /** What else is worth keeping, e.g. latencies. */
  readonly notes?: Readonly<Record<string, number>>;
}

/** Both contenders' turns, seconds apart. */
export interface Round {
  readonly ours: Turn;
  readonly reference: Turn;
  /** ours ÷ reference. */
  readonly ratio: number;
}

/** A round that others spoiled is repeated this often; after that there is no figure. */
const REPEATS = 3;

export interface Contest {
  readonly rounds: number;
  /** Rounds count even when others disturbed them. */
  readonly despiteLoad: boolean;
  readonly ours: () => Promise<Turn>;
  readonly reference: () => Promise<Turn>;
  readonly say: (line: string) => void;
  /** Waits for a better moment, within reason, before a spoiled round is repeated. */
  readonly calm: () => Promise<void>;
  /** Asked before each turn. */
  readonly signal: AbortSignal;
}

/** A B, B A, A B …: whatever drifts in the machine favours both alike. `ours` begins. */
export function turnOrder(round: number): readonly ['ours', 'reference'] | readonly ['reference', 'ours'] {
  return round % 2 === 0 ? ['ours', 'reference'] : ['reference', 'ours'];
}

/** The rounds that count; undefined when the machine was never quiet enough for one of them: then there is no figure. @throws the signal's reason */
export async function holdContest({ rounds, say, ...contest }: Contest): Promise<Round[] | undefined> {
  const done: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const result = await holdRound(turnOrder(round), contest, (text) => say(`round ${round + 1} of ${rounds}: ${text}`));
    if (result === undefined) return undefined;
    done.push(result);
  }
  return done;
}

async function holdRound(
  order: ReturnType<typeof turnOrder>,
  contest: Pick<Contest, 'ours' | 'reference' | 'despiteLoad' | 'signal' | 'calm'>,
  say: (text: string) => void,
): Promise<Round | undefined> {
  for (let attempt = 0; attempt <= REPEATS; attempt += 1) {
    const turns = {} as Record<'ours' | 'reference', Turn>;
    for (const contender of order) {
      contest.signal.throwIfAborted();
      turns[contender] = await contest[contender]();
    }
    const { ours, reference } = turns;
    const complaint = contest.despiteLoad ? undefined : (ours.complaint ?? reference.complaint);
    const ratio = ours.value / reference.value;
    say(`ours ${ours.value.toPrecision(4)}, reference ${reference.value.toPrecision(4)}, ratio ${ratio.toFixed(2)}`);
    if (complaint === undefined) return { ours, reference, ratio };
    say(`does not count: ${complaint}`);
    if (attempt < REPEATS) await contest.calm();
  }
  return undefined;
}
