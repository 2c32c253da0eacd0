import type { Paths } from '../paths.ts';
import { type CommandOptions, runCommand } from '../run-command.ts';
import { hyperkubeBinary } from './hyperkube-install.ts';
import { kubeconfigFile } from './kubeconfig.ts';

/** Runs our kubectl as the cluster's administrator and gives its output. The ambient KUBECONFIG is never used. */
export async function kubectl(paths: Paths, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return await runCommand(await hyperkubeBinary(paths), ['kubectl', '--kubeconfig', kubeconfigFile(paths), ...args], options);
}
