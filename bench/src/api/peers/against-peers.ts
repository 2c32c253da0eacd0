import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template, Work } from '../../load/order.ts';
import { holdContest } from '../../measure/rounds.ts';
import { type Row, rowOf } from '../../report/row.ts';
import { type ApiBench, atLeast, oursOf } from '../api-bench.ts';
import { turnOf } from '../contender.ts';
import { startDirectus } from './directus.ts';
import { startExpressSequelize } from './express-sequelize.ts';
import { startParseServer } from './parse-server.ts';
import type { Peer, PeerBars } from './peer.ts';

const PEERS: readonly { readonly start: (bench: ApiBench) => Promise<Peer>; readonly bars: PeerBars }[] = [
  { start: startExpressSequelize, bars: { create: 8, read: 4, list: 3 } },
  { start: startParseServer, bars: { create: 4, read: 5, list: 4 } },
  { start: startDirectus, bars: { create: 8, read: 8, list: 8 } },
];

/** Create, read and list of 50, ours ÷ each peer's, on the same PostgreSQL from the same client. */
export async function againstPeers(bench: ApiBench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { start, bars } of PEERS) {
    const peer = await start(bench);
    try {
      rows.push(...(await against(bench, peer, bars)));
    } finally {
      await peer.remove();
    }
  }
  return rows;
}

async function against(bench: ApiBench, peer: Peer, bars: PeerBars): Promise<Row[]> {
  const { world, workload, parts, folder, counts, rules, barOf } = bench;
  const idsFile = join(folder, `ids-${peer.name}`);
  rules.say(`filling ${peer.name}`);
  writeFileSync(idsFile, (await peer.fill(Math.min(counts.read, 5000))).join('\n'));
  let sent = 0;
  const theirs =
    (template: Template) =>
    async (count: number): Promise<Work> => {
      const first = sent;
      sent += count;
      return { templates: [template], first, idsFile };
    };
  const contest = async (
    what: 'create' | 'read' | 'list',
    ourWork: (count: number) => Promise<Work>,
    theirTemplate: Template,
    count: number,
  ): Promise<Row> => {
    rules.say(`${what} ÷ ${peer.name}`);
    const done = await holdContest({
      ...rules,
      ours: () => turnOf(parts, oursOf(world), ourWork, count, [what === 'create' ? 201 : 200]),
      reference: () =>
        turnOf(parts, peer.contender, theirs(theirTemplate), Math.ceil(count / peer.slowness), [
          what === 'create' ? peer.createStatus : 200,
        ]),
    });
    return rowOf(`${what} ÷ ${peer.name}`, 'req/s', barOf(atLeast(bars[what])), done);
  };
  return [
    await contest('create', workload.create, peer.create(`${world.cell}-${peer.name}`), counts.create),
    await contest('read', workload.read(0), peer.read, counts.read),
    await contest('list', workload.list, peer.list, Math.ceil(counts.read / 8)),
  ];
}
