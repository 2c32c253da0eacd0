import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { accessTokenOf } from './access-token.ts';
import { CATALOGUE, PLATFORM, withNeeds } from './catalogue.ts';
import { runDesktop } from './desktop/run-desktop.ts';
import { runDevOperator } from './dev-operator.ts';
import { diagnose } from './doctor.ts';
import { cleanEnvironment } from './environment.ts';
import { hyperkubeBinary } from './kubernetes/hyperkube-install.ts';
import { kubeconfigFile } from './kubernetes/kubeconfig.ts';
import { downParts, removeRunState, runnableParts, stackContext, upParts } from './local-stack.ts';
import { bundlePlugin } from './plugin/bundle-plugin.ts';
import { progressLines } from './progress-lines.ts';
import { stopForegroundStart } from './start/start-lock.ts';
import { partStatuses, statusTable } from './status-table.ts';

const USAGE = `npm run stack -- COMMAND
  up [PART…]                 start these and what they need (all the platform's without names); they stay running
  down [PART…]               stop these and what needs them (all without names); data stays
  status [--json]            what runs
  reset [--yes]              stop everything and remove .run (data, keys, logs); the cache stays
  doctor                     everything that stands in the way on this machine, with its fix
  token TENANT [--user NAME] an access token: the tenant's machine, or a person through the login form
  kubectl -- …               our kubectl on our cluster, with the plugin: kubectl -- tenantry …
  plugin [FOLDER]            writes the kubectl plugin as one program into the folder (here without one)
  desktop                    the desktop application on our platform; needs Electron’s binary
  dev-operator [--name NAME] [--drift 5s] [--crash-after K]
                             the operator from its sources, outside the cluster, for Tenants labelled tenantry.dev/operator=NAME (dev)
parts: ${CATALOGUE.map((part) => part.name).join(' ')}
`;

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  up,
  down,
  stop: down,
  status,
  reset,
  doctor,
  token,
  kubectl,
  plugin,
  desktop: () => runDesktop(stackContext().paths, say),
  'dev-operator': (words) => runDevOperator(stackContext().paths, words),
};

const [command = '', ...args] = process.argv.slice(2);
const run = COMMANDS[command];
if (!run) {
  process.stderr.write(USAGE);
  process.exitCode = command === '' || command === 'help' ? 0 : 2;
} else {
  process.exitCode = await run(args.filter((arg) => arg !== '--' || command === 'kubectl')).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    return 1;
  });
}

async function up(names: string[]): Promise<number> {
  const runnable = runnableParts(undefined, PLATFORM);
  if (names.length === 0 && runnable.length < PLATFORM.length) say('not root: `npm run doctor` says which parts are left out, and why');
  const wanted = names.length > 0 ? names : runnable.map((part) => part.name);
  const lines = progressLines(withNeeds(wanted));
  const outcomes = await upParts(wanted, { report: lines.report, onWait: say }).finally(() => lines.end());
  return outcomes.every((outcome) => outcome.state === 'ready') ? 0 : 1;
}

async function down(names: string[]): Promise<number> {
  // A foreground `npm start` would report each part as dead; it ends them itself, in the same order.
  if (names.length === 0) await stopForegroundStart(stackContext().paths, say);
  const lines = progressLines(names.length > 0 ? withNeeds(names) : CATALOGUE);
  await downParts(names, { report: lines.report, onWait: say }).finally(() => lines.end());
  return 0;
}

async function status(options: string[]): Promise<number> {
  const statuses = await partStatuses();
  process.stdout.write(`${options.includes('--json') ? JSON.stringify(statuses, null, 2) : statusTable(statuses)}\n`);
  return statuses.some((each) => each.state === 'died') ? 1 : 0;
}

async function reset(options: string[]): Promise<number> {
  const { paths } = stackContext();
  if (!options.includes('--yes')) {
    if (!process.stdin.isTTY) throw new Error(`reset removes ${paths.run} with all data; add --yes`);
    const question = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await question.question(`Stop everything and remove ${paths.run} with all data of all tenants? Type "reset": `);
    question.close();
    if (answer.trim() !== 'reset') return 1;
  }
  await down([]);
  await removeRunState(paths);
  say(`${paths.run} is empty; the next start begins anew`);
  return 0;
}

async function doctor(): Promise<number> {
  const { problems, installed, missing } = await diagnose();
  for (const problem of problems) process.stdout.write(`${problem.blocks ? '✗' : '!'} ${problem.what}\n    ${problem.fix}\n`);
  process.stdout.write(`installed: ${installed.join(', ') || 'nothing'}\n`);
  if (missing.length > 0) process.stdout.write(`not installed yet (the first start does it): ${missing.join(', ')}\n`);
  const blocking = problems.filter((problem) => problem.blocks).length;
  process.stdout.write(blocking === 0 ? 'nothing stands in the way\n' : `${blocking} to fix\n`);
  return blocking === 0 ? 0 : 1;
}

async function token(words: string[]): Promise<number> {
  const [slug, ...rest] = words;
  const username = rest[0] === '--user' ? rest[1] : undefined;
  if (!slug || slug.startsWith('-') || (rest.length > 0 && !username)) throw new Error('usage: npm run token -- TENANT [--user NAME]');
  process.stdout.write(`${await accessTokenOf({ slug, username })}\n`);
  return 0;
}

async function kubectl(words: string[]): Promise<number> {
  const { paths } = stackContext();
  const own = words[0] === '--' ? words.slice(1) : words;
  // By the environment, not by a flag: kubectl takes none before the name of a plugin.
  const env = cleanEnvironment({ KUBECONFIG: kubeconfigFile(paths) });
  if (own[0] === 'tenantry') env.PATH = `${dirname(await bundlePlugin(paths.root, join(paths.run, 'bin')))}:${env.PATH}`;
  const child = spawn(await hyperkubeBinary(paths), ['kubectl', ...own], { stdio: 'inherit', env });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

async function plugin([folder = '.']: string[]): Promise<number> {
  const file = await bundlePlugin(stackContext().paths.root, resolve(folder));
  process.stdout.write(`${file}\nput it on your PATH: kubectl tenantry --help\n`);
  return 0;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
