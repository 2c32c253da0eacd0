import { expect, it } from 'vitest';
import { type ConnectionState, followStream, type StreamMessage } from './follow-stream.ts';

const streamOf = (...parts: readonly string[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });

async function follow(answers: readonly (() => Promise<ReadableStream<Uint8Array>>)[], until: number) {
  const asked: (string | undefined)[] = [];
  const pauses: number[] = [];
  const states: ConnectionState[] = [];
  const messages: StreamMessage[] = [];
  const remaining = [...answers];
  await followStream({
    open: async (lastId) => {
      asked.push(lastId);
      return (await remaining.shift()?.()) ?? null;
    },
    onMessage: (message) => {
      messages.push(message);
      return messages.length >= until ? 'enough' : 'more';
    },
    onState: (state) => states.push(state),
    signal: new AbortController().signal,
    pause: async (ms) => {
      pauses.push(ms);
    },
  });
  return { asked, pauses, states, messages };
}

it('a stream that ends is opened again behind the last event, however the bytes were cut', async () => {
  const { asked, messages } = await follow(
    [async () => streamOf(': hello\n\nid: 7\nda', 'ta: {"name":"Zo', 'ë"}\n\n'), async () => streamOf('id: 8\ndata: {"name":"x"}\n\n')],
    2,
  );
  expect(asked).toEqual([undefined, '7']);
  expect(messages).toEqual([
    { id: '7', data: { name: 'Zoë' } },
    { id: '8', data: { name: 'x' } },
  ]);
});

it('while nobody answers the connection counts as lost and the pauses grow', async () => {
  const refuse = () => Promise.reject(new TypeError('Failed to fetch'));
  const { states, pauses } = await follow([refuse, refuse, refuse, async () => streamOf('data: {}\n\n')], 1);
  expect(states).toEqual(['connecting', 'lost', 'lost', 'lost', 'live']);
  expect(pauses).toEqual([1000, 2000, 4000]);
});
