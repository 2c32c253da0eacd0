import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { runCommand } from '../run-command.ts';

/** Run in a network of its own (unshare), so that the machine's bridge and the running stack are not touched. */
const STORY = `
import { execFileSync } from 'node:child_process';
import { makeFolders, pathsIn } from '${pathToFileURL(join(import.meta.dirname, '../paths.ts')).href}';
import { network } from '${pathToFileURL(join(import.meta.dirname, 'network.ts')).href}';
const [run] = process.argv.slice(1);
const paths = pathsIn(run, run, run);
await makeFolders(paths);
const context = { paths, nodeAddress: '172.31.255.1', progress: () => {} };
const ip = (...args) => execFileSync('ip', args).toString();
const nft = (...args) => execFileSync('nft', args).toString();
const host = () => ({ links: JSON.parse(ip('-json', 'link')).map((link) => link.ifname).sort(), routes: ip('route'), tables: nft('list', 'tables') });

nft('add', 'table', 'ip', 'somebody');
const before = host();
await network.start(context);
await network.start(context);
const started = host();
// What kube-proxy and the bridge plugin make.
nft('add', 'table', 'ip', 'kube-proxy');
ip('link', 'add', 'kube0-pods', 'type', 'bridge');
ip('link', 'add', 'pod1', 'type', 'veth', 'peer', 'name', 'pod2');
ip('link', 'set', 'pod1', 'master', 'kube0-pods');
await network.stop(context);
console.log(JSON.stringify({ before, started, after: host() }));
`;

it('makes the bridge with routes that keep packets of the cluster here, and gives back only what the node made', async () => {
  const run = await mkdtemp(join(tmpdir(), 'tenantry-network-'));
  try {
    const output = await runCommand('unshare', ['--net', process.execPath, '--input-type=module', '--eval', STORY, run]);
    const { before, started, after } = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    expect(started.links).toEqual([...before.links, 'kube0'].sort());
    expect(started.routes).toContain('10.96.0.0/16 dev kube0');
    expect(started.routes).toContain('10.244.0.0/16 dev kube0');
    expect(after).toEqual(before);
    expect(after.tables).toContain('table ip somebody');
  } finally {
    await rm(run, { recursive: true, force: true });
  }
});
