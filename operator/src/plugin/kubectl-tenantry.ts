#!/usr/bin/env node
import { KubeConfig } from '@kubernetes/client-node';
import { KubeClient } from '../control/kube-client.ts';
import { isKubeError } from '../control/kube-error.ts';
import { type CommandLine, parseCommandLine, USAGE } from './command-line.ts';
import { EXIT, PluginError } from './plugin-error.ts';
import { runCommand } from './run-command.ts';

process.exitCode = await main(process.argv.slice(2)).catch(failed);

async function main(words: readonly string[]): Promise<number> {
  const line = parseCommandLine(words);
  if (line === undefined) {
    process.stdout.write(USAGE);
    return EXIT.ok;
  }
  const api = new KubeClient(kubeconfig(line), { userAgent: 'kubectl-tenantry' });
  try {
    return await runCommand({
      api,
      line,
      print: (text) => process.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
      tell: (text) => process.stderr.write(`${text}\n`),
      now: () => new Date(),
    });
  } finally {
    await api.close();
  }
}

/** As kubectl finds it: the flag, else KUBECONFIG, else ~/.kube/config. */
function kubeconfig({ kubeconfig: file, context }: CommandLine): KubeConfig {
  const config = new KubeConfig();
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (error) {
    throw new PluginError('failed', `the kubeconfig cannot be read: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
  if (context !== undefined) {
    if (config.getContextObject(context) === null) throw new PluginError('failed', `the kubeconfig has no context ${context}`);
    config.setCurrentContext(context);
  }
  return config;
}

/** One line, whatever it was. */
function failed(error: unknown): number {
  const words = error instanceof Error ? error.message : String(error);
  const text = isKubeError(error, 'NotFound') ? `${words} (are the CRDs of Tenantry installed?)` : words;
  process.stderr.write(`error: ${text.replace(/\s+/g, ' ')}\n`);
  return error instanceof PluginError ? error.exitCode : EXIT.failed;
}
