import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Proof } from './faults/proof.ts';

type Prove = (seed: number, say: (line: string) => void) => Promise<Proof>;

/** The long forms of the fault specifications, and `-short` ones that leave no record. Each is loaded when it is asked for, as most look for the running platform (`npm start`) at once. */
const PROOFS: Readonly<Record<string, () => Promise<Prove>>> = {
  'operator-crash': async () => (await import('./faults/prove-operator-crash.ts')).proveOperatorCrash,
  'operator-crash-alone': async () => (await import('./faults/prove-operator-crash.ts')).proveOperatorCrashAlone,
  'crash-sweep': async () => (await import('./faults/prove-crash-sweep.ts')).proveCrashSweep,
  'view-faults': async () => (await import('./faults/prove-view-faults.ts')).proveViewFaults,
  'spec-walk': async () => (await import('./faults/prove-spec-walk.ts')).proveSpecWalk,
  'control-interleavings': async () => (await import('./faults/prove-control-interleavings.ts')).proveControlInterleavings,
  'relay-crash': async () => (await import('./faults/prove-relay-crash.ts')).proveRelayCrash,
  'api-faults': async () => (await import('./faults/prove-api-faults.ts')).proveApiFaults,
  'events-faults': async () => (await import('./faults/prove-events-faults.ts')).proveEventsFaultsOf(60),
  'events-faults-short': async () => (await import('./faults/prove-events-faults.ts')).proveEventsFaultsOf(5),
  'role-kills': async () => (await import('./faults/prove-role-kills.ts')).proveRoleKillsOf(20),
  'role-kills-short': async () => (await import('./faults/prove-role-kills.ts')).proveRoleKillsOf(2),
  chaos: async () => (await import('./faults/prove-chaos.ts')).proveChaosOf(20),
  'kafka-outage': async () => (await import('./faults/prove-kafka-outage.ts')).proveKafkaOutageOf(10),
  'rolling-restart': async () => (await import('./faults/prove-rolling-restart.ts')).proveRollingRestart,
  rotation: async () => (await import('./faults/prove-rotation.ts')).proveRotation,
  'fuzz-api': async () => (await import('./faults/prove-fuzz-api.ts')).proveFuzzApi,
};

const root = resolve(import.meta.dirname, '..');
const [name = '', seedText] = process.argv.slice(2);
const load = PROOFS[name];
if (load === undefined) {
  console.error(`usage: npm run prove -- ${Object.keys(PROOFS).join('|')} [seed]`);
  process.exit(2);
}
const seed = seedText === undefined ? Date.now() % 1_000_000 : Number(seedText);
const started = performance.now();
const prove = await load();
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
if (name.endsWith('-short')) {
  console.log(`holds: ${proof.claim}\n${JSON.stringify(record)}`);
  process.exit(0);
}
const folder = join(root, 'docs', 'proof');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
console.log(`proved: ${proof.claim}\n${JSON.stringify(record.counts)} → docs/proof/${name}.json`);
