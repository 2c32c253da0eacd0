import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { operationsWithoutSchemas } from './operations-without-schemas.ts';
import { pageChunks } from './page-chunks.ts';

const source = (...parts: string[]): string => resolve(import.meta.dirname, 'src', ...parts);
const output = (...parts: string[]): string => resolve(import.meta.dirname, 'dist/web-console', ...parts);

/** The desktop's page begins in the browser's own way. */
const inBrowser: Plugin = {
  name: 'in-browser',
  transformIndexHtml: { order: 'pre', handler: (page) => page.replace('./app/main.tsx', './console/web-console.ts') },
};

/** The page: the desktop's screens without those of the platform view. */
const page: UserConfig = {
  root: source('renderer'),
  base: './',
  plugins: [react(), operationsWithoutSchemas(), inBrowser],
  resolve: { alias: [{ find: '../platform/platform-routes.tsx', replacement: source('renderer/console/platform-absent.tsx') }] },
  build: { outDir: output('page'), emptyOutDir: true, rollupOptions: { output: { codeSplitting: pageChunks } } },
};

/** The server it comes from, `main.mjs`. Everything is bundled: beside Node it needs nothing. */
const server: UserConfig = {
  ssr: { noExternal: true },
  build: {
    outDir: output(),
    emptyOutDir: false,
    target: 'node24',
    rollupOptions: { input: source('web-console/main.ts'), output: { entryFileNames: 'main.mjs' } },
  },
};

/** The web console in two builds: `vite build` and, with `--ssr`, the server. */
export default defineConfig(({ isSsrBuild }) => (isSsrBuild === true ? server : page));
