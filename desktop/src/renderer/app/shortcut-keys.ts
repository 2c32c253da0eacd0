import { latin, type PressedKey, strokeOf } from './key-bindings.ts';

/** How long the second key of two may take. */
const PATIENCE_MS = 1500;

/** What was pressed, when, and where: into a field, or in a dialog, behind which nothing is meant. */
export type FollowedKey = PressedKey & Pick<KeyboardEvent, 'timeStamp'> & { readonly isTyping: boolean; readonly isInLayer: boolean };

/**
 * Follows a keyboard: names a sequence, e.g. `g c`, `?` or `Mod+Shift+E`, when its last key is pressed. Keys that somebody types into a field are none,
 * and neither is anything else with Ctrl, ⌘ or Alt: those are the browser's and the system's.
 */
export function shortcutKeys(known: ReadonlySet<string>): (pressed: FollowedKey) => string | undefined {
  let first: { readonly key: string; readonly at: number } | undefined;
  return (pressed) => {
    const { ctrlKey, metaKey, altKey, timeStamp, isTyping, isInLayer } = pressed;
    if (isInLayer || altKey) {
      first = undefined;
      return undefined;
    }
    if (ctrlKey || metaKey) {
      first = undefined;
      const stroke = strokeOf(pressed);
      return typeof stroke === 'string' && known.has(stroke) ? stroke : undefined;
    }
    const key = latin(pressed);
    if (isTyping || key.length !== 1) {
      first = undefined;
      return undefined;
    }
    const sequence = first !== undefined && timeStamp - first.at <= PATIENCE_MS ? `${first.key} ${key}` : undefined;
    first = undefined;
    if (sequence !== undefined && known.has(sequence)) return sequence;
    if (known.has(key)) return key;
    first = { key, at: timeStamp };
    return undefined;
  };
}
