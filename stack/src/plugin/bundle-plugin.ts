import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The name by which kubectl finds it on the PATH: `kubectl tenantry`. */
const PLUGIN = 'kubectl-tenantry';

/** Writes the kubectl plugin into a folder as one program that needs nothing but Node 20 or newer, and returns its path. */
export async function bundlePlugin(root: string, folder: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join('operator', 'src', 'plugin', `${PLUGIN}.ts`)],
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    legalComments: 'none',
    logLevel: 'silent',
    // CommonJS packages inside an ES module call require for Node's own modules.
    banner: {
      js: "import { createRequire as tenantryCreateRequire } from 'node:module'; const require = tenantryCreateRequire(import.meta.url);",
    },
    external: ['*.node'],
  });
  const [program] = outputFiles;
  if (program === undefined) throw new Error('the bundler made no file of the plugin');
  const file = join(folder, PLUGIN);
  await mkdir(folder, { recursive: true });
  await writeFile(file, program.contents);
  await chmod(file, 0o755);
  return file;
}
