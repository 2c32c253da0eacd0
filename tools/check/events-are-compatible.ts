import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asyncApiDocument } from '@tenantry/contracts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const FILE = 'docs/reference/event-api.json';

type Json = { readonly [name: string]: unknown };

/** One sentence for each thing a reader of the older events would miss or misread: events and what is in them are only ever added. */
export function incompatibilities(older: unknown, newer: unknown): string[] {
  const [before, after] = [older as Document, newer as Document];
  const found: string[] = [];
  for (const [type, message] of Object.entries(before.components.messages)) {
    const now = after.components.messages[type];
    if (now === undefined) found.push(`${type} is gone`);
    else {
      compare(resolved(message.payload, before), resolved(now.payload, after), type);
      compare(resolved(message.headers, before), resolved(now.headers, after), `headers of ${type}`);
    }
  }
  return [...new Set(found)];

  function compare(was: Json, is: Json, path: string): void {
    for (const keyword of ['type', 'const', 'format'])
      if (JSON.stringify(was[keyword]) !== JSON.stringify(is[keyword])) found.push(`${path} has another ${keyword}`);
    if (was.enum !== undefined && !isSubset(was.enum, is.enum)) found.push(`${path} has lost a value`);
    for (const name of (was.required ?? []) as string[])
      if (!((is.required ?? []) as string[]).includes(name)) found.push(`${path}.${name} may be absent now`);
    for (const [name, schema] of Object.entries((was.properties ?? {}) as Json)) {
      const now = ((is.properties ?? {}) as Json)[name];
      if (now === undefined) found.push(`${path}.${name} is gone`);
      else compare(resolved(schema, before), resolved(now, after), `${path}.${name}`);
    }
    if (was.items !== undefined) compare(resolved(was.items, before), resolved(is.items ?? {}, after), `${path}[]`);
    const [choices, now] = [(was.anyOf ?? []) as unknown[], (is.anyOf ?? []) as unknown[]];
    if (choices.length !== now.length) found.push(`${path} is one of other things`);
    for (const [at, choice] of choices.entries()) compare(resolved(choice, before), resolved(now[at] ?? {}, after), path);
  }
}

interface Document {
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly payload: unknown; readonly headers: unknown }>>;
    readonly schemas: Readonly<Record<string, Json>>;
  };
}

function resolved(schema: unknown, document: Document): Json {
  const { $ref } = schema as { readonly $ref?: string };
  return $ref === undefined ? (schema as Json) : (document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {});
}

function isSubset(some: unknown, all: unknown): boolean {
  return (some as unknown[]).every((value) => Array.isArray(all) && all.includes(value));
}

/** The document as it was promised: in the last version that has a tag, in the last commit, and in the one before. */
async function committed(): Promise<Map<string, unknown>> {
  const tag = await run('git', ['describe', '--tags', '--abbrev=0'], { cwd: root }).then(
    ({ stdout }) => [stdout.trim()],
    () => [],
  );
  const documents = new Map<string, unknown>();
  for (const commit of [...tag, 'HEAD', 'HEAD^']) {
    const text = await run('git', ['show', `${commit}:${FILE}`], { cwd: root, maxBuffer: 10_000_000 }).then(
      ({ stdout }) => stdout,
      () => undefined,
    );
    if (text !== undefined) documents.set(commit, JSON.parse(text));
  }
  return documents;
}

if (import.meta.main) {
  const now = asyncApiDocument('');
  for (const [commit, document] of await committed())
    for (const problem of incompatibilities(document, now)) {
      console.error(`${problem} (since ${commit}): give the event a new version instead, and keep sending the old one`);
      process.exitCode = 1;
    }
}
