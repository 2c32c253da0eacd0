import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Proof } from './faults/proof.ts';
import { proveApiFaults } from './faults/prove-api-faults.ts';
import { proveFuzzApi } from './faults/prove-fuzz-api.ts';
import { proveOperatorCrash, proveOperatorCrashAlone } from './faults/prove-operator-crash.ts';
import { proveRelayCrash } from './faults/prove-relay-crash.ts';
import { proveRollingRestart } from './faults/prove-rolling-restart.ts';

type Prove = (seed: number, say: (line: string) => void) => Promise<Proof>;

/** The long forms of the fault specifications: every point of failure instead of a few. They need a running platform (`npm start`). */
const PROOFS: Readonly<Record<string, Prove>> = {
  'operator-crash': proveOperatorCrash,
  'fuzz-api': proveFuzzApi,
  'operator-crash-alone': proveOperatorCrashAlone,
  'relay-crash': proveRelayCrash,
  'api-faults': proveApiFaults,
  'rolling-restart': proveRollingRestart,
};

const root = resolve(import.meta.dirname, '..');
const [name = '', seedText] = process.argv.slice(2);
const prove = PROOFS[name];
if (prove === undefined) {
  console.error(`usage: npm run prove -- ${Object.keys(PROOFS).join('|')} [seed]`);
  process.exit(2);
}
const seed = seedText === undefined ? Date.now() % 1_000_000 : Number(seedText);
const started = performance.now();
const proof = await prove(seed, (line) => console.log(line));
const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
const record = {
  claim: proof.claim,
  commit: git('rev-parse', 'HEAD'),
  changedFiles: git('status', '--porcelain', '--untracked-files=no').split('\n').filter(Boolean).length,
  date: new Date().toISOString(),
  seed,
  seconds: Math.round((performance.now() - started) / 1000),
  counts: proof.counts,
};
const folder = join(root, 'docs', 'proof');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
console.log(`proved: ${proof.claim}\n${JSON.stringify(record.counts)} → docs/proof/${name}.json`);
