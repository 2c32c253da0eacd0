import { describe, expect, it } from 'vitest';
import { type Bindable, isPlain, keysOf, type PressedKey, refusalOf, strokeOf } from './key-bindings.ts';

const pressed = (key: string, more: Partial<PressedKey> = {}): PressedKey => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});
const all: readonly Bindable[] = [
  { id: 'go customers', label: 'Customers', keys: ['g', 'c'] },
  { id: 'go dashboard', label: 'Overview', keys: ['g', 'd'] },
  { id: 'colours dark', label: 'Colours: Dark' },
];

describe('a stroke', () => {
  it.each<[string, PressedKey, ReturnType<typeof strokeOf>]>([
    ['a character', pressed('b'), 'b'],
    ['a character that is typed with Shift', pressed('!', { shiftKey: true }), '!'],
    ['Ctrl, Shift and a letter', pressed('E', { ctrlKey: true, shiftKey: true }), 'Mod+Shift+E'],
    ['⌘, Shift and a letter', pressed('e', { metaKey: true, shiftKey: true }), 'Mod+Shift+E'],
    ['the letter printed there, on an Arabic keyboard', pressed('ؤ', { code: 'KeyC' }), 'c'],
    ['what a German keyboard has there', pressed('ö', { code: 'Semicolon' }), 'ö'],
  ])('is %s', (_, keys, stroke) => expect(strokeOf(keys)).toBe(stroke));

  it.each<[string, PressedKey, object]>([
    ['a key that lists use', pressed('j'), { kind: 'screens' }],
    ['the sheet’s own', pressed('?', { shiftKey: true }), { kind: 'screens' }],
    ['Ctrl without Shift: copying, reloading, closing', pressed('c', { ctrlKey: true }), { kind: 'alone' }],
    ['the palette’s own', pressed('K', { ctrlKey: true, shiftKey: true }), { kind: 'system' }],
    ['a new window', pressed('N', { metaKey: true, shiftKey: true }), { kind: 'system' }],
    ['Alt, which types characters', pressed('@', { ctrlKey: true, altKey: true }), { kind: 'alt' }],
    ['Enter', pressed('Enter'), { kind: 'named' }],
    ['F5', pressed('F5'), { kind: 'named' }],
  ])('is not %s', (_, keys, refusal) => expect(strokeOf(keys)).toEqual(refusal));

  it('is nothing yet while a modifier is held', () => expect(strokeOf(pressed('Control', { ctrlKey: true }))).toBeUndefined());
});

it('a command has its own keys, the person’s, or none', () => {
  const [customers] = all as [Bindable];
  expect(keysOf(customers, {})).toEqual(['g', 'c']);
  expect(keysOf(customers, { 'go customers': ['y'] })).toEqual(['y']);
  expect(keysOf(customers, { 'go customers': [] })).toBeUndefined();
});

it.each<[string, readonly string[], object | undefined]>([
  ['keys of another', ['g', 'd'], { kind: 'taken', label: 'Overview' }],
  ['the beginning of another’s', ['g'], { kind: 'beginning', label: 'Overview' }],
  ['free ones', ['y'], undefined],
  ['two that only begin alike', ['g', 'y'], undefined],
  ['its own', ['g', 'c'], undefined],
])('can a command have %s?', (_, keys, refusal) => expect(refusalOf(keys, 'go customers', all, {})).toEqual(refusal));

it('what somebody has given away is free, and what they have chosen is taken', () => {
  const own = { 'go dashboard': ['y'] };
  expect(refusalOf(['g', 'd'], 'go customers', all, own)).toBeUndefined();
  expect(refusalOf(['y'], 'colours dark', all, own)).toEqual({ kind: 'taken', label: 'Overview' });
  expect(refusalOf(['y', 'c'], 'colours dark', all, own)).toEqual({ kind: 'beginning', label: 'Overview' });
});

it('only what is pressed without Ctrl or ⌘ is plain', () => {
  expect([isPlain(['g', 'c']), isPlain(['Mod+Shift+E'])]).toEqual([true, false]);
});
