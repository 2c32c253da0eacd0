/** How long the second key of two may take. */
const PATIENCE_MS = 1500;

/** What was pressed, as far as it matters here. */
export type PressedKey = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'timeStamp'> & { readonly isTyping: boolean };

/**
 * Follows a keyboard: names a sequence, e.g. `g c` or `?`, when its last key is pressed. Keys that somebody types into a field are none, and
 * neither is anything with Ctrl, ⌘ or Alt: those are the browser's and the system's.
 */
export function shortcutKeys(known: ReadonlySet<string>): (pressed: PressedKey) => string | undefined {
  let first: { readonly key: string; readonly at: number } | undefined;
  return ({ key, ctrlKey, metaKey, altKey, timeStamp, isTyping }) => {
    if (isTyping || ctrlKey || metaKey || altKey || key.length !== 1) {
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
