import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { operationsWithoutSchemas } from './operations-without-schemas.ts';
import { pageChunks } from './page-chunks.ts';

const source = (...parts: string[]): string => resolve(import.meta.dirname, 'src', ...parts);
const output = (part: string): string => resolve(import.meta.dirname, 'dist/app', part);

/** The desktop application in three programs. Everything but Electron itself is bundled: the package holds no node_modules. */
export default defineConfig({
  main: {
    build: { outDir: output('main'), externalizeDeps: false, lib: { entry: source('main/index.ts'), formats: ['es'] } },
  },
  preload: {
    build: {
      outDir: output('preload'),
      externalizeDeps: false,
      lib: { entry: source('preload/index.ts'), formats: ['cjs'] },
      // A sandboxed preload must be CommonJS, and in a package of ES modules that is spelt out.
      rollupOptions: { output: { format: 'cjs', entryFileNames: 'index.cjs' } },
    },
  },
  renderer: {
    root: source('renderer'),
    plugins: [react(), operationsWithoutSchemas()],
    build: {
      outDir: output('renderer'),
      minify: true,
      // In kB before compression; how large it may be after that, a test says.
      chunkSizeWarningLimit: 1200,
      rollupOptions: {
        input: source('renderer/index.html'),
        output: { codeSplitting: pageChunks },
      },
    },
  },
});
