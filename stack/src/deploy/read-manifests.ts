import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { KubeObject } from './kube-object.ts';

/** Every object of a YAML file, or of the YAML files right in a folder, in order of name. @throws naming the file and the problem. */
export async function readManifests(path: string): Promise<KubeObject[]> {
  const files = path.endsWith('.yaml') ? [path] : await yamlFiles(path);
  return (await Promise.all(files.map(readFileObjects))).flat();
}

async function yamlFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  return names.map((name) => join(folder, name));
}

async function readFileObjects(file: string): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const document of parseAllDocuments(await readFile(file, 'utf8'), { merge: true })) {
    const [problem] = document.errors;
    if (problem) throw new Error(`${file}: ${problem.message}`);
    const value: unknown = document.toJS();
    if (value === null) continue;
    const parsed = KubeObject.safeParse(value);
    if (!parsed.success) throw new Error(`${file}: not a Kubernetes object: ${issuesText(parsed.error.issues)}`);
    objects.push(parsed.data);
  }
  return objects;
}

function issuesText(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  return issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`).join('; ');
}
