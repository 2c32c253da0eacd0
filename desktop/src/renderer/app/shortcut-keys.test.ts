import { expect, it } from 'vitest';
import { type FollowedKey, shortcutKeys } from './shortcut-keys.ts';

const known = new Set(['g c', 'g d', '?', 'Mod+Shift+E']);

function typed(...presses: (string | Partial<FollowedKey>)[]): (string | undefined)[] {
  const follow = shortcutKeys(known);
  return presses.map((press, index) =>
    follow({
      key: '',
      code: '',
      ctrlKey: false,
      shiftKey: false,
      metaKey: false,
      altKey: false,
      isTyping: false,
      isInLayer: false,
      timeStamp: index * 100,
      ...(typeof press === 'string' ? { key: press } : press),
    }),
  );
}

it('names two keys when the second is pressed, and one that stands alone at once', () => {
  expect(typed('g', 'c', '?', 'g', 'd')).toEqual([undefined, 'g c', '?', undefined, 'g d']);
});

it('begins anew behind a key that leads nowhere', () => {
  expect(typed('g', 'x', 'g', 'c', 'c')).toEqual([undefined, undefined, undefined, 'g c', undefined]);
  expect(typed('g', 'g', 'c')).toEqual([undefined, undefined, 'g c']);
});

it('takes no letter that somebody types, nor what belongs to the browser or the system', () => {
  expect(typed('g', { key: 'c', isTyping: true }, 'c')).toEqual([undefined, undefined, undefined]);
  for (const modifier of ['ctrlKey', 'metaKey', 'altKey'])
    expect(typed('g', { key: 'c', [modifier]: true })).toEqual([undefined, undefined]);
  expect(typed('g', { key: 'Shift' }, 'c')).toEqual([undefined, undefined, undefined]);
});

it('does not wait for the second key for ever', () => {
  expect(typed('g', { key: 'c', timeStamp: 1501 })).toEqual([undefined, undefined]);
  expect(typed('g', { key: 'c', timeStamp: 1500 })).toEqual([undefined, 'g c']);
});

it('takes keys with Ctrl and Shift that somebody has chosen, also from within a field, but not from behind a dialog', () => {
  const chosen = { key: 'E', ctrlKey: true, shiftKey: true };
  expect(typed(chosen, { ...chosen, isTyping: true }, { ...chosen, isInLayer: true })).toEqual(['Mod+Shift+E', 'Mod+Shift+E', undefined]);
  expect(typed('g', { key: 'c', isInLayer: true }, 'c')).toEqual([undefined, undefined, undefined]);
});
