import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type PrivateApiServer, privateApiServer } from '@tenantry/stack/testing/private-api-server.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

let server: PrivateApiServer;
let scratch: string;

beforeAll(async () => {
  server = await privateApiServer();
  scratch = await mkdtemp(join(tmpdir(), 'tenantry-crds-'));
  const kinds = ['tenants', 'tenantclasses', 'tenantaccesses', 'tenantbackups', 'tenantrestores'];
  const crds = [...kinds.map((kind) => `tenantry.dev_${kind}.yaml`), 'policies'];
  await must('apply', ...crds.flatMap((file) => ['-f', join(FOLDER, file)]));
  await must('wait', '--for=condition=Established', ...kinds.map((kind) => `crd/${kind}.tenantry.dev`));
  // A policy is enforced a moment after it is stored.
  await apply(tenant('guard-probe', 'deletionPolicy: Delete'));
  await eventually(async () => expect((await server.kubectl('delete', 'tn', 'guard-probe', '--dry-run=server')).code).toBe(1), {
    limitMs: 60_000,
  });
  await apply(
    tenantClass(
      'modest',
      'workload: {allowedModes: [Pooled, Dedicated], maxReplicas: 4}\n  messaging: {maxTopics: 2, maxPartitions: 6, maxQueues: 1}',
    ),
  );
  const greedy = tenant('ceiling-probe', 'workload: {mode: Dedicated, replicas: 9}').replace('starter', 'modest');
  await eventually(async () => expect((await apply(greedy, '--dry-run=server')).code).toBe(1), { limitMs: 60_000 });
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
  await server?.[Symbol.asyncDispose]();
});

describe('the API server', () => {
  it.each(cases('valid'))('%s', async (_, { documents, stored }) => {
    for (const each of documents) expect(await apply(each)).toMatchObject({ code: 0 });
    const [, kind = '', name = ''] = /^kind: (\w+)$[\s\S]*?name: ([^},\s]+)/m.exec(documents.at(-1) ?? '') ?? [];
    const object = JSON.parse(await must('get', `${kind}.tenantry.dev`, name, '-o', 'json'));
    for (const { path, value } of stored) expect(at(object, path), path).toEqual(value);
    expect(stored.length).toBeGreaterThan(0);
  });

  it.each(cases('invalid'))('%s', async (_, { documents, refused }) => {
    for (const each of documents.slice(0, -1)) expect(await apply(each)).toMatchObject({ code: 0 });
    const answer = await apply(documents.at(-1) ?? '');
    expect(answer.code).toBe(1);
    expect(answer.output).toContain(refused);
  });

  it('serves the scale subresource: kubectl scale sets the replicas and reads the status', async () => {
    await apply(tenant('scaled', 'workload: {mode: Dedicated}'));
    await must('scale', 'tenants.tenantry.dev/scaled', '--replicas=3');
    expect(await must('get', 'tn', 'scaled', '-o', 'jsonpath={.spec.workload.replicas}')).toBe('3');
    const status = { workload: { replicas: 2, readyReplicas: 1, selector: 'tenantry.dev/tenant=scaled' } };
    await must('patch', 'tn', 'scaled', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));
    const scale = JSON.parse(await must('get', '--raw', '/apis/tenantry.dev/v1alpha1/tenants/scaled/scale'));
    expect(scale).toMatchObject({ spec: { replicas: 3 }, status: { replicas: 2, selector: 'tenantry.dev/tenant=scaled' } });
  });

  it('refuses to scale a pooled tenant and says why', async () => {
    await apply(tenant('not-scaled', 'workload: {mode: Pooled}'));
    const answer = await server.kubectl('scale', 'tn/not-scaled', '--replicas=3');
    expect(answer.code).toBe(1);
    expect(answer.output).toContain('spec.workload.replicas has no meaning for a Pooled tenant');
  });

  it('keeps status and spec apart', async () => {
    await apply(tenant('apart'));
    await must('patch', 'tn', 'apart', '--type=merge', '-p', '{"status":{"tenantId":"made-up"}}');
    expect(await must('get', 'tn', 'apart', '-o', 'jsonpath={.status.tenantId}')).toBe('');
  });

  it('shows what matters in a terminal of 100 columns, and the rest with -o wide', async () => {
    await apply(tenant('shown'));
    const condition = {
      type: 'Ready',
      status: 'False',
      reason: 'ClassNotFound',
      message: 'There is no class.',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    await must(
      'patch',
      'tn',
      'shown',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status: { conditions: [condition] } }),
    );
    const [head = '', row = ''] = (await must('get', 'tn', 'shown')).split('\n');
    expect(head.split(/\s+/).filter(Boolean)).toEqual(['NAME', 'CLASS', 'READY', 'REASON', 'REPLICAS', 'AGE']);
    expect(row).toMatch(/^shown +starter +False +ClassNotFound/);
    expect(row.length).toBeLessThan(100);
    const wide = await must('get', 'tn', 'shown', '-o', 'wide');
    expect(wide).toMatch(/SCHEMA +URL +TENANTID +MESSAGE/);
    expect(wide).toContain('There is no class.');
    expect(await must('get', 'tenantry')).toContain('tenant.tenantry.dev/shown');
  });

  it('finds tenants of a class and of a state by field selector', async () => {
    await apply(tenant('selected', 'lifecycle: {state: Suspended}').replace('starter', 'selected-class'));
    const found = await must(
      'get',
      'tn',
      '-o',
      'name',
      '--field-selector',
      'spec.classRef.name=selected-class,spec.lifecycle.state=Suspended',
    );
    expect(found.trim()).toBe('tenant.tenantry.dev/selected');
  });
});

describe('the delete guard', () => {
  it('lets a protected tenant go that keeps its data', async () => {
    await apply(tenant('retained'));
    await must('delete', 'tn', 'retained');
  });

  it('refuses a deletion that destroys data until protection is off and the name is confirmed, and says what to do each time', async () => {
    await apply(tenant('doomed', 'deletionPolicy: Delete'));
    const refuse = async (reason: string) => {
      const answer = await server.kubectl('delete', 'tn', 'doomed');
      expect(answer.code).toBe(1);
      expect(answer.output).toContain(reason);
    };
    await refuse('is protected: set spec.deletionProtection to false first, or spec.deletionPolicy to Retain to keep its data');
    await must('patch', 'tn', 'doomed', '--type=merge', '-p', '{"spec":{"deletionProtection":false}}');
    await refuse('annotate it with tenantry.dev/confirm-delete=doomed first, or set spec.deletionPolicy to Retain to keep its data');
    await must('annotate', 'tn', 'doomed', 'tenantry.dev/confirm-delete=another');
    await refuse('annotate it with tenantry.dev/confirm-delete=doomed first');
    await must('annotate', '--overwrite', 'tn', 'doomed', 'tenantry.dev/confirm-delete=doomed');
    await must('delete', 'tn', 'doomed');
  });

  it('refuses a protected tenant whose data would go after a backup, and wants no confirmation: the backup stays', async () => {
    await apply(tenant('copied', 'deletionPolicy: Snapshot'));
    const answer = await server.kubectl('delete', 'tn', 'copied');
    expect(answer.code).toBe(1);
    expect(answer.output).toContain('has spec.deletionPolicy Snapshot and is protected: set spec.deletionProtection to false first');
    await must('patch', 'tn', 'copied', '--type=merge', '-p', '{"spec":{"deletionProtection":false}}');
    await must('delete', 'tn', 'copied');
  });

  it('is not talked out of it by the annotation alone, nor by deleting all at once', async () => {
    await apply(tenant('stubborn', 'deletionPolicy: Delete'));
    await must('annotate', 'tn', 'stubborn', 'tenantry.dev/confirm-delete=stubborn');
    expect((await server.kubectl('delete', 'tn', 'stubborn')).code).toBe(1);
    expect(
      (await server.kubectl('delete', '--raw', '/apis/tenantry.dev/v1alpha1/tenants?fieldSelector=metadata.name%3Dstubborn')).code,
    ).toBe(1);
    expect(await must('get', 'tn', 'stubborn', '-o', 'name')).toContain('stubborn');
  });
});

describe('the ceilings of a class', () => {
  const modest = (name: string, more: string) => tenant(name, more).replace('starter', 'modest');
  const topics = (...names: string[]) => `messaging: {topics: [${names.map((each) => `{name: ${each}}`).join(', ')}]}`;

  it.each([
    ['as many replicas as allowed', 'workload: {mode: Dedicated, replicas: 4}'],
    ['autoscaling up to as many', 'workload: {mode: Dedicated, autoscaling: {maxReplicas: 4}}'],
    ['nothing in particular', 'displayName: Modest'],
    ['as many topics', topics('one', 'two')],
  ])('let through %s', async (what, more) => {
    expect(await apply(modest(`within-${what.length}`, more))).toMatchObject({ code: 0 });
  });

  it.each([
    ['too many replicas', 'workload: {mode: Dedicated, replicas: 5}', 'spec.workload.replicas is 5, but class modest allows at most 4'],
    [
      'autoscaling to too many',
      'workload: {mode: Dedicated, autoscaling: {maxReplicas: 6}}',
      'spec.workload.autoscaling.maxReplicas is 6, but class modest allows at most 4',
    ],
    ['too many topics', topics('one', 'two', 'three'), 'spec.messaging.topics has 3 topics, but class modest allows at most 2'],
    [
      'too many queues',
      'messaging: {queues: [{name: one}, {name: two}]}',
      'spec.messaging.queues has 2 queues, but class modest allows at most 1',
    ],
    [
      'too many partitions',
      'messaging: {topics: [{name: small}, {name: wide, partitions: 7}]}',
      'spec.messaging.topics[wide].partitions is 7, but class modest allows at most 6',
    ],
  ])('refuse %s, in the operator’s words', async (_, more, refusal) => {
    const answer = await apply(modest('above', more));
    expect(answer.code).toBe(1);
    expect(answer.output).toContain(refusal);
  });

  it('refuse topics of its own to a tenant that shares one', async () => {
    await apply(tenantClass('sharing-plan', 'messaging: {topicMode: Shared}'));
    await eventually(
      async () => {
        const answer = await apply(tenant('own-topic', topics('orders')).replace('starter', 'sharing-plan'), '--dry-run=server');
        expect(answer.output).toContain(
          'spec.messaging.topics has 1 topics, but tenants of class sharing-plan share one and have none of their own',
        );
      },
      { limitMs: 60_000 },
    );
    expect(await apply(tenant('no-topic', 'displayName: Small').replace('starter', 'sharing-plan'))).toMatchObject({ code: 0 });
  });

  it('refuse a mode the class does not allow, and take a number without a meaning for no demand', async () => {
    await apply(tenantClass('pooled-only', 'description: The shared replicas'));
    await eventually(async () => {
      const answer = await apply(tenant('own-wish', 'workload: {mode: Dedicated}').replace('starter', 'pooled-only'), '--dry-run=server');
      expect(answer.output).toContain('spec.workload.mode is Dedicated, but class pooled-only allows only Pooled');
    });
    // Served from the shared replicas: the number has no meaning and is no demand.
    expect(await apply(tenant('no-wish', 'workload: {replicas: 50}').replace('starter', 'pooled-only'))).toMatchObject({ code: 0 });
  });

  it('hold nobody up whose class does not exist', async () => {
    const answer = await apply(tenant('classless', 'workload: {mode: Dedicated, replicas: 100}').replace('starter', 'never-made'));
    expect(answer).toMatchObject({ code: 0 });
  });

  it('let a tenant be suspended that was within them before they were lowered, and no more be asked for', async () => {
    await apply(tenantClass('shrinking-plan', 'workload: {mode: Dedicated, allowedModes: [Dedicated], maxReplicas: 6}'));
    const before = tenant('grown', 'workload: {replicas: 6}').replace('starter', 'shrinking-plan');
    await eventually(async () => expect(await apply(before)).toMatchObject({ code: 0 }));
    await apply(tenantClass('shrinking-plan', 'workload: {mode: Dedicated, allowedModes: [Dedicated], maxReplicas: 2}'));
    await eventually(async () => {
      const answer = await server.kubectl(
        'patch',
        'tn',
        'grown',
        '--type=merge',
        '-p',
        '{"spec":{"workload":{"replicas":5}}}',
        '--dry-run=server',
      );
      expect(answer.output).toContain('spec.workload.replicas is 5, but class shrinking-plan allows at most 2');
    });
    await must('patch', 'tn', 'grown', '--type=merge', '-p', '{"spec":{"lifecycle":{"state":"Suspended"}}}');
    await must('patch', 'tn', 'grown', '--type=merge', '-p', '{"spec":{"workload":{"replicas":2}}}');
  });
});

describe('who asks for access to a tenant', () => {
  const access = (requestedBy: string) =>
    `apiVersion: tenantry.dev/v1alpha1\nkind: TenantAccess\nmetadata: {name: asked-by-${requestedBy}}\nspec: {tenantRef: {name: acme}, email: pat@example.test, reason: Ticket 4711, requestedBy: ${requestedBy}}\n`;

  it('is who the API server knows them as, and nobody else', async () => {
    // The policy is enforced a moment after it is stored.
    await eventually(
      async () => {
        const answer = await apply(access('somebody'), '--dry-run=server');
        expect(answer.output).toContain('spec.requestedBy is somebody, but you are admin: write that, as kubectl auth whoami says it');
      },
      { limitMs: 60_000 },
    );
    expect(await apply(access('admin'))).toMatchObject({ code: 0 });
  });
});

interface Case {
  readonly refused: string;
  readonly stored: readonly { readonly path: string; readonly value: unknown }[];
  /** The last one is the point; those before it prepare. */
  readonly documents: readonly string[];
}

/** One behaviour a file: its comments say what is expected. */
function cases(folder: 'valid' | 'invalid'): (readonly [behaviour: string, Case])[] {
  const names = readdirSync(join(FOLDER, 'testdata', folder));
  return names.map((name) => {
    const text = readFileSync(join(FOLDER, 'testdata', folder, name), 'utf8');
    const comments = [...text.matchAll(/^# (it|refused|stored): (.*)$/gm)].map(([, word, rest]) => ({ word, rest: rest ?? '' }));
    const said = (word: string) => comments.filter((each) => each.word === word).map(({ rest }) => rest);
    const stored = said('stored').map((each) => {
      const [path = '', value = ''] = each.split(' = ');
      return { path, value: JSON.parse(value) as unknown };
    });
    return [said('it')[0] ?? name, { refused: said('refused')[0] ?? 'a comment "# refused:"', stored, documents: text.split(/^---$/m) }];
  });
}

function tenant(name: string, more = ''): string {
  return `apiVersion: tenantry.dev/v1alpha1\nkind: Tenant\nmetadata: {name: ${name}}\nspec:\n  classRef: {name: starter}\n  ${more}\n`;
}

function tenantClass(name: string, spec: string): string {
  return `apiVersion: tenantry.dev/v1alpha1\nkind: TenantClass\nmetadata: {name: ${name}}\nspec:\n  ${spec}\n`;
}

/** `spec.messaging.topics[0].name` of the object. */
function at(object: unknown, path: string): unknown {
  return path.split(/[.[\]]+/).reduce<unknown>((value, name) => (name === '' ? value : (value as Record<string, unknown>)?.[name]), object);
}

let written = 0;

async function apply(document: string, ...flags: string[]): Promise<{ readonly code: number; readonly output: string }> {
  const file = join(scratch, `${written++}.yaml`);
  await writeFile(file, document);
  // What an operator would have written by then.
  if (document.includes('# subresource: status'))
    return server.kubectl('apply', '--server-side', '--force-conflicts', '--subresource=status', '--field-manager=operator', '-f', file);
  return server.kubectl('apply', ...flags, '-f', file);
}

async function must(...args: string[]): Promise<string> {
  const { code, output } = await server.kubectl(...args);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${output}`);
  return output;
}
