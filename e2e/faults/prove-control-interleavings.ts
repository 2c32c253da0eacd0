import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Proof } from './proof.ts';

const INTERLEAVINGS = 10_000;
const SUBJECTS = ['work-queue', 'backoff', 'leader', 'informer', 'token-bucket'] as const;
const root = resolve(import.meta.dirname, '../..');

/** The property tests of control/ on virtual time, many more of them and others than in a test run. Needs nothing. */
export async function proveControlInterleavings(seed: number, say: (line: string) => void): Promise<Proof> {
  const counts: Record<string, number> = {};
  for (const subject of SUBJECTS) {
    const started = performance.now();
    await play(`operator/src/control/${subject}.test.ts`, seed);
    counts[subject] = INTERLEAVINGS;
    say(`${subject}: ${INTERLEAVINGS} interleavings in ${Math.round((performance.now() - started) / 1000)} s`);
  }
  return {
    claim: 'queue, back-off, token bucket, leader election and informer keep their promises in every interleaving that was played',
    counts,
  };
}

async function play(file: string, seed: number): Promise<void> {
  const child = spawn(process.execPath, [resolve(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'unit', file], {
    cwd: root,
    env: { ...process.env, PROPERTY_RUNS: `${INTERLEAVINGS}`, PROPERTY_SEED: `${seed}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${file} failed with seed ${seed}:\n${output.slice(-6000)}`);
}
