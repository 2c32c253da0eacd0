import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartContext } from '../part.ts';
import { runCommand } from '../run-command.ts';
import { goToolchain } from './go-toolchain.ts';

/** One program of a Go module that is committed here with its go.sum: Go checks every module against it. */
export interface GoProgram {
  /** Folder of the module; also the name of its scratch in the cache. */
  readonly sources: string;
  /** Package to compile, and the file to make of it. */
  readonly target: string;
  readonly output: string;
  readonly linkerFlags: string;
  /** Packages a cold build compiles; only the progress text depends on it. */
  readonly packages: number;
  /** What the progress line calls it. */
  readonly title: string;
}

/**
 * Compiles programs of one module, at low priority: it is minutes of work for both cores. The modules stay in the cache, compiled packages do not.
 */
export async function compileGo(context: Pick<PartContext, 'paths' | 'progress'>, programs: readonly GoProgram[]): Promise<void> {
  const go = await goToolchain(context);
  const modules = join(context.paths.cache, 'go', 'mod');
  await mkdir(modules, { recursive: true });
  for (const program of programs) await compile(context, go, program, modules);
  // Gigabytes that only the next version would need. Each module has its own: another build may be under way.
  for (const program of programs) await rm(objectsFolder(context, program), { recursive: true, force: true });
}

async function compile(context: Pick<PartContext, 'paths' | 'progress'>, go: string, program: GoProgram, modules: string): Promise<void> {
  const env = {
    CGO_ENABLED: '0',
    GOCACHE: objectsFolder(context, program),
    GOFLAGS: '-mod=readonly -modcacherw',
    GOMODCACHE: modules,
    GOTOOLCHAIN: 'local',
  };
  let compiled = 0;
  const onLine = (line: string): void => {
    if (line.startsWith('go: downloading')) {
      context.progress(line.replace('go: ', ''));
      return;
    }
    compiled += 1;
    const percent = Math.min(99, Math.round((100 * compiled) / program.packages));
    context.progress(`compiling ${program.title} ${percent} % (${compiled} of about ${program.packages} packages)`);
  };
  context.progress(`preparing to compile ${program.title}`);
  const flags = ['-v', '-p', '2', '-buildvcs=false', '-trimpath', '-ldflags', program.linkerFlags];
  await runCommand('nice', ['-n', '10', go, 'build', ...flags, '-o', program.output, program.target], {
    cwd: program.sources,
    env,
    onLine,
  });
}

function objectsFolder(context: Pick<PartContext, 'paths'>, program: GoProgram): string {
  return join(context.paths.cache, 'go', `build-${program.sources.split('/').at(-1)}`);
}
