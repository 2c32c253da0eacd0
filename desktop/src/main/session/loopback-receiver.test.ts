import { expect, it } from 'vitest';
import { loopbackReceiver } from './loopback-receiver.ts';

it('takes the one arrival that carries its state, and sends all others away without ending', async () => {
  await using receiver = await loopbackReceiver({ state: 'right', limitMs: 60_000 });
  const status = async (suffix: string, method = 'GET') => (await fetch(new URL(suffix, receiver.redirectUri), { method })).status;
  expect(new URL(receiver.redirectUri).hostname).toBe('127.0.0.1');
  expect(await status('/callback?code=forged&state=wrong')).toBe(404);
  expect(await status('/callback?code=forged')).toBe(404);
  expect(await status('/other?code=forged&state=right')).toBe(404);
  expect(await status('/callback?code=forged&state=right', 'POST')).toBe(404);
  expect(await status('/callback?code=good&state=right')).toBe(200);
  expect((await receiver.arrival).searchParams.get('code')).toBe('good');
});

it('gives up when nobody comes, and listens no longer than it is needed', async () => {
  let address = '';
  {
    await using receiver = await loopbackReceiver({ state: 'right', limitMs: 1 });
    address = receiver.redirectUri;
    await expect(receiver.arrival).rejects.toThrow('nobody came back');
  }
  await expect(fetch(address)).rejects.toThrow();
});
