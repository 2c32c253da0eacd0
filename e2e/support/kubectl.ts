import { execFile } from 'node:child_process';
import { localPlatform } from './local-platform.ts';

/** What kubectl said when it ended with another code than 0. `message` is its stderr: the API server's own words. */
export class KubectlError extends Error {
  override readonly name = 'KubectlError';
}

/**
 * Runs the same kubectl a person runs, with the local platform's kubeconfig (the ambient one is ignored). Resolves to its stdout.
 * `input` goes to stdin, objects as JSON. @throws KubectlError
 */
export function kubectl(args: readonly string[], input?: string | object): Promise<string> {
  const { program, kubeconfig } = localPlatform().kubectl;
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      ['kubectl', '--kubeconfig', kubeconfig, ...args],
      { maxBuffer: 64 * 1024 * 1024, timeout: 120_000 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new KubectlError(stderr.trim() || error.message, { cause: error }));
      },
    );
    child.stdin?.end(typeof input === 'object' ? JSON.stringify(input) : (input ?? ''));
  });
}

/** For requests that must be refused: resolves to the refusal. @throws Error when the request was accepted. */
export async function kubectlRefusal(args: readonly string[], input?: string | object): Promise<string> {
  try {
    await kubectl(args, input);
  } catch (error) {
    if (error instanceof KubectlError) return error.message;
    throw error;
  }
  throw new Error(`kubectl ${args.join(' ')} was accepted, though it must be refused`);
}

/** `kubectl get … -o json`, parsed. */
export async function kubectlGet<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await kubectl(['get', ...args, '-o', 'json'])) as T;
}

/** Applies an object the way a person does: server-side, with a field manager of its own. */
export async function kubectlApply(object: object): Promise<void> {
  await kubectl(['apply', '--server-side', '--field-manager=e2e', '-f', '-'], object);
}
