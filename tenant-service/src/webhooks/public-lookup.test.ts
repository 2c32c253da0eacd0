import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { expect, it } from 'vitest';
import { publicLookup } from './public-lookup.ts';
import { TargetRefused } from './webhook-target.ts';

/** A name server with an answer for each time it is asked. */
function nameServer(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const resolve: LookupFunction = (name, _options, callback) => {
    asked.push(name);
    const addresses = answers[asked.length - 1] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { asked, resolve };
}

const ask = (resolve: LookupFunction, all: boolean): Promise<string | LookupAddress[]> =>
  new Promise((done, fail) =>
    publicLookup(resolve)('hooks.example.org', { all }, (error, address) => (error ? fail(error) : done(address))),
  );

it('gives a socket the very addresses it vetted, from one answer, whatever the name server would say the next time', async () => {
  const { asked, resolve } = nameServer(['1.1.1.1', '2606:4700::1111'], ['127.0.0.1']);
  const addresses = [
    { address: '1.1.1.1', family: 4 },
    { address: '2606:4700::1111', family: 6 },
  ];
  expect(await ask(resolve, true)).toEqual(addresses);
  // Whole, or the search domains of a pod would make it a service of the cluster.
  expect(asked).toEqual(['hooks.example.org.']);
  await expect(ask(resolve, true)).rejects.toThrow(TargetRefused);
});

it('gives one address to who wants one', async () => {
  expect(await ask(nameServer(['1.1.1.1', '8.8.8.8']).resolve, false)).toBe('1.1.1.1');
});

it.each([[['127.0.0.1']], [['1.1.1.1', '10.0.0.1']], [['fd00:ec2::254', '1.1.1.1']], [['::ffff:169.254.169.254']], [[]]])(
  'refuses a name that leads to %s',
  async (addresses) => {
    for (const all of [true, false]) await expect(ask(nameServer(addresses).resolve, all)).rejects.toThrow(TargetRefused);
  },
);
