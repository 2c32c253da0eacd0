import { access, readdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stackEnvironment } from '../environment.ts';
import type { PartContext, Problem } from '../part.ts';
import { runCommand } from '../run-command.ts';
import { VERSIONS } from '../versions.ts';
import { aptInstall } from './apt.ts';
import { hasProgram } from './has-program.ts';

/** Folder of a JDK or JRE new enough for Kafka and Keycloak, or nothing. `JAVA_HOME` first, then the PATH, then Debian's folder. */
export async function findJava(): Promise<string | undefined> {
  const candidates: string[] = [];
  const { javaHome } = stackEnvironment();
  if (javaHome) candidates.push(javaHome);
  const onPath = await runCommand('which', ['java']).catch(() => '');
  if (onPath.trim()) candidates.push(resolve(await realpath(onPath.trim()), '../..'));
  for (const folder of await readdir('/usr/lib/jvm').catch(() => [])) candidates.push(join('/usr/lib/jvm', folder));
  for (const home of candidates) if (((await javaMajor(home)) ?? 0) >= VERSIONS.javaMinimum) return home;
  return undefined;
}

/** Finds Java or installs it. @returns its home. */
export async function ensureJava(context: Pick<PartContext, 'paths' | 'progress'>): Promise<string> {
  const found = await findJava();
  if (found) return found;
  await aptInstall(context, ['openjdk-17-jdk-headless']);
  const installed = await findJava();
  if (!installed) throw new Error(`no Java ${VERSIONS.javaMinimum} or newer, even after installing openjdk-17-jdk-headless; set JAVA_HOME`);
  return installed;
}

/** Runs Maven, installed first if need be. Maven is how jars and Keycloak are fetched: it checks every file's checksum. */
export async function runMaven(context: Pick<PartContext, 'paths' | 'progress'>, args: readonly string[], cwd: string): Promise<void> {
  const javaHome = await ensureJava(context);
  if (!(await hasProgram('mvn'))) await aptInstall(context, ['maven']);
  await runCommand('mvn', ['-B', '-ntp', '-q', ...args], { cwd, env: { JAVA_HOME: javaHome } });
}

async function javaMajor(home: string): Promise<number | undefined> {
  const java = join(home, 'bin', 'java');
  const exists = await access(java).then(
    () => true,
    () => false,
  );
  if (!exists) return undefined;
  const text = await runCommand(java, ['-XshowSettings:none', '--version']).catch(() => '');
  const major = /(?:openjdk|java) (\d+)/.exec(text)?.[1];
  return major === undefined ? undefined : Number(major);
}

/** For `doctor`: what fetching and running a Java server lacks. As root the stack installs it by itself. */
export async function javaProblems(): Promise<Problem[]> {
  const problems: Problem[] = [];
  const fix = (debianPackage: string): string => `apt-get install ${debianPackage} (as root, \`npm start\` does it)`;
  const blocks = process.getuid?.() !== 0;
  if (!(await findJava())) problems.push({ what: `no Java ${VERSIONS.javaMinimum} or newer`, fix: fix('openjdk-17-jdk-headless'), blocks });
  if (!(await hasProgram('mvn'))) problems.push({ what: 'no Maven, which fetches the servers', fix: fix('maven'), blocks });
  return problems;
}
