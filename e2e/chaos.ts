import { parseArgs } from 'node:util';
import { soak } from './faults/chaos.ts';

const USAGE = `usage: npm run chaos [-- --minutes 20 --seed NUMBER]
Breaks the running platform (npm start) every 20 seconds under load, and checks at the end that nothing was lost or done twice.
The seed decides what breaks when: the same one breaks the same things again.`;

const options = { minutes: { type: 'string', default: '20' }, seed: { type: 'string', default: String(Date.now() % 1_000_000) } } as const;
const { minutes, seed } = parseArgs({ options }).values;
if (!(Number(minutes) > 0 && Number.isSafeInteger(Number(seed)))) {
  console.error(USAGE);
  process.exit(2);
}

const stop = new AbortController();
process.once('SIGINT', () => {
  console.log('ending: what is broken is brought back, then everything is checked');
  stop.abort();
});
console.log(`seed ${seed}, ${minutes} minutes`);
const counts = await soak({
  seed: Number(seed),
  minutes: Number(minutes),
  say: (line) => console.log(line),
  signal: stop.signal,
});
console.log(`everything holds: ${JSON.stringify(counts)}`);
