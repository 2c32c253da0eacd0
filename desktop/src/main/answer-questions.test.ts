import { expect, it } from 'vitest';
import { z } from 'zod';
import { QUESTION_NAMES } from '../platform/bridge.ts';
import { answerQuestions, type QuestionAnswers } from './answer-questions.ts';
import { DesktopLog } from './desktop-log.ts';
import type { Sender } from './electron-port.ts';
import { refusal } from './refusal.ts';

const ORIGIN = 'app://bundle';
const OURS: Sender = { origin: ORIGIN, isWholePage: true };

/** A desk on which every question is answered by `answer`. */
function desk(answer: (input: unknown) => Promise<unknown>) {
  const log = new DesktopLog();
  const handlers = new Map<string, (sender: Sender, input: unknown) => Promise<unknown>>();
  const one = { input: z.strictObject({ id: z.string() }), answer };
  const answers = Object.fromEntries(QUESTION_NAMES.map((name) => [name, one])) as unknown as QuestionAnswers;
  answerQuestions({ port: { handle: (name, handler) => void handlers.set(name, handler) }, origin: ORIGIN, log }, answers);
  const ask = (input: unknown, sender = OURS) => handlers.get('environments.select')?.(sender, input);
  return { ask, log, names: [...handlers.keys()] };
}

it('answers every question there is, and no other', () => {
  expect(desk(async () => 1).names.sort()).toEqual([...QUESTION_NAMES].sort());
});

it.each<Sender>([
  { origin: 'https://evil.example', isWholePage: true },
  { origin: 'app://bundle.evil', isWholePage: true },
  { origin: 'app://', isWholePage: true },
  { origin: '', isWholePage: true },
  { origin: ORIGIN, isWholePage: false },
])('refuses %j without asking anybody', async (sender) => {
  const asked: unknown[] = [];
  const { ask } = desk(async (input) => asked.push(input));
  expect(await ask({ id: 'a' }, sender)).toMatchObject({ ok: false, problem: { code: 'forbidden' } });
  expect(asked).toEqual([]);
});

it('refuses what has another form, also one property more', async () => {
  const { ask } = desk(async () => 1);
  for (const input of [undefined, null, 'a', { id: 1 }, { id: 'a', path: '/etc' }])
    expect(await ask(input)).toMatchObject({ ok: false, problem: { code: 'invalid' } });
});

it('says what a person is to be told, and of a fault of ours nothing but that it is one', async () => {
  const told = desk(async () => {
    throw refusal('conflict', 'Somebody was faster', 'Look again.');
  });
  expect(await told.ask({ id: 'a' })).toEqual({
    ok: false,
    problem: { code: 'conflict', title: 'Somebody was faster', detail: 'Look again.' },
  });
  const broken = desk(async () => {
    throw new Error('no file /home/somebody/x, token=abcdef');
  });
  const answer = await broken.ask({ id: 'a' });
  expect(answer).toMatchObject({ ok: false, problem: { code: 'internal' } });
  expect(JSON.stringify(answer)).not.toContain('somebody');
  expect(JSON.stringify(broken.log.lines)).toContain('no file');
  expect(JSON.stringify(broken.log.lines)).not.toContain('abcdef');
});
