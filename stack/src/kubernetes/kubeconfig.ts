import { copyFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths } from '../paths.ts';
import { ensureKubePki } from '../pki.ts';

/** The administrator's kubeconfig, for `npm run kubectl` and tests. */
export function kubeconfigFile(paths: Paths): string {
  return join(paths.run, 'kubeconfig');
}

/** Puts it in place; called once the certificates exist. */
export async function writeKubeconfig(paths: Paths, nodeAddress: string): Promise<void> {
  const pki = await ensureKubePki(paths, nodeAddress);
  const draft = `${kubeconfigFile(paths)}.new`;
  await copyFile(pki.adminKubeconfig, draft);
  await rename(draft, kubeconfigFile(paths)); // kubectl may be reading the old one.
}
