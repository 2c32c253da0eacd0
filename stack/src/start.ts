import { runStart } from './start/run-start.ts';
import { startOptions, USAGE } from './start/start-options.ts';
import { listenForStop } from './start/stop-request.ts';

/** `npm start`: the whole local platform in the foreground. What it does, in order, is in start/run-start.ts. */
async function main(words: readonly string[]): Promise<number> {
  let options: ReturnType<typeof startOptions>;
  try {
    options = startOptions(words);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { signal } = listenForStop((text) => process.stderr.write(`${text}\n`));
  return await runStart(options, signal);
}

process.exit(await main(process.argv.slice(2)));
