import { Cron } from 'croner';

/** Five fields of cron, read in a time zone. Across summer time as croner does: an hour left out runs at the next there is, one that comes twice once. */
export class CronRuns {
  readonly #cron: Cron;

  /** @throws Error that says which field is wrong. */
  constructor(pattern: string, timeZone: string) {
    this.#cron = new Cron(pattern, { timezone: timeZone, mode: '5-part', paused: true });
  }

  /** The next instants behind `after`; fewer when there are no more. */
  next(after: Date, count: number): string[] {
    return this.#cron.nextRuns(count, after).map((at) => at.toISOString());
  }

  /** The last instant at or before `now`, when it is later than `due`; else `due`. What lies between the two was missed and is not made up for. */
  lastDue(due: string, now: Date): string {
    const last = this.#cron.previousRuns(1, now)[0];
    return last === undefined || last > now || last.toISOString() < due ? due : last.toISOString();
  }
}
