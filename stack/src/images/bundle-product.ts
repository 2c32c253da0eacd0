import { cp, mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildResult, build, type Plugin } from 'esbuild';

export interface Product {
  /** Folder in the checkout with `src/main.ts` and the Dockerfile. */
  readonly folder: string;
  /** What the program reads at run time: folder beside the bundle → files and folders of the checkout whose content it gets. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  /** Programs of threads the program starts: sources below `src`. Each is a file of its own beside the bundle, named like its source. */
  readonly threads?: readonly string[];
}

/**
 * `main.mjs` with everything it imports, and source maps. Bundled because an image then holds no tools, no tests and nothing that is not called:
 * 300 ms to build, a tenth of the size, and a start that reads few files. What the program imports late stays in files of its own beside it: a
 * process has in memory what its role needs, text included. Import files of ours late, never a package: of a CommonJS one a late import gives
 * nothing but `default` in the bundle, and everything from the sources.
 */
export async function bundleProduct(root: string, product: Product, folder: string): Promise<void> {
  const { outputFiles } = await bundleOf(root, product);
  for (const { path, contents } of outputFiles) await writeFile(join(folder, basename(path)), contents);
  for (const [name, sources] of Object.entries(product.files)) {
    const target = join(folder, name);
    await mkdir(target, { recursive: true });
    for (const source of sources) {
      const isFile = (await stat(join(root, source))).isFile();
      await cp(join(root, source), isFile ? join(target, basename(source)) : target, { recursive: true });
    }
  }
}

/** The files of the bundle, and what went into each of them. */
export function bundleOf(root: string, product: Product): Promise<Bundle> {
  return build({
    absWorkingDir: root,
    entryPoints: ['main.ts', ...(product.threads ?? [])].map((source) => join(product.folder, 'src', source)),
    // Not written there: the place makes paths in the source map relative to the checkout, so two checkouts give the same bytes.
    outdir: join(root, product.folder, 'dist'),
    outExtension: { '.js': '.mjs' },
    // All in one folder: what lies beside the bundle (`files`) is found from every file of it.
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    splitting: true,
    metafile: true,
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: 'linked',
    sourcesContent: false,
    // The text of a program stays in memory, and one comment with a letter beyond Latin-1 makes it take two bytes a character. Without comments and
    // indentation our operator has 3 MB of text instead of 10; names stay, and lines short enough for a stack trace to point somewhere.
    minifyWhitespace: true,
    lineLimit: 150,
    legalComments: 'none',
    logLevel: 'silent',
    // CommonJS packages inside an ES module call require for Node's own modules.
    banner: {
      js: "import { createRequire as tenantryCreateRequire } from 'node:module'; const require = tenantryCreateRequire(import.meta.url);",
    },
    // Its main file reads a .wasm beside itself; this one of theirs holds it.
    alias: { '@platformatic/wasm-utils': join(root, 'node_modules/@platformatic/wasm-utils/dist/bundled.js') },
    // Native parts of packages are optional to them all; what is not bundled falls back to JavaScript. pg-hstore: Sequelize asks for it when a
    // model has an HSTORE column, and none of ours has.
    external: ['pg-native', 'pg-hstore', '*.node'],
    plugins: [onlyWhatIsUsed('@kubernetes/client-node')],
  });
}

type Bundle = BuildResult<{ write: false; metafile: true }>;

/** Says of a package of ES modules what its package.json forgets to say: that a file of it of which nothing is used can be left out. */
function onlyWhatIsUsed(name: string): Plugin {
  return {
    name: 'only-what-is-used',
    setup: ({ onResolve, resolve }) =>
      onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
        const isOfIt = path === name || from.importer.includes(join('node_modules', name, 'dist'));
        if (!isOfIt || pluginData === IS_ASKED) return undefined;
        const found = await resolve(path, { kind: from.kind, resolveDir: from.resolveDir, importer: from.importer, pluginData: IS_ASKED });
        return found.path.includes(join('node_modules', name, 'dist')) ? { ...found, sideEffects: false } : found;
      }),
  };
}

/** Marks our own question, which would otherwise be answered by asking again. */
const IS_ASKED = 'is asked';
