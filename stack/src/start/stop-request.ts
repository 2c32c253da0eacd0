import { endCommands, shieldCommands } from '../run-command.ts';

/** A person's or a service manager's wish to end: Ctrl-C, SIGTERM, or a closed terminal. */
export interface StopRequest {
  readonly signal: AbortSignal;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal aborts what is under way, installs included. Later ones change nothing and say so: a stop that is cut short leaves pods,
 * mounts and locks behind.
 */
export function listenForStop(say: (text: string) => void): StopRequest {
  const request = new AbortController();
  // A closed terminal, or the `tee` that the same Ctrl-C ended: nobody reads any more, and the stop has to go on all the same.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (request.signal.aborted) {
        say('already stopping, in order; it takes up to a minute. To force it: kill -9, then `npm run stop` cleans up.');
        return;
      }
      request.abort(new Error(name));
      shieldCommands();
      endCommands();
    });
  }
  return { signal: request.signal };
}
