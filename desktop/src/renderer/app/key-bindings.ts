/** What was pressed, as far as it matters here. */
export type PressedKey = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** Keys of a command: one stroke, or two one after the other. A stroke is a character, `c` or `?`, or `Mod+Shift+E`, where Mod is Ctrl or ⌘. */
export type Keys = readonly string[];

/** A person's own keys by command; none at all where the list is empty. */
export type OwnKeys = Readonly<Record<string, Keys>>;

/** Something that can have keys. */
export interface Bindable {
  readonly id: string;
  readonly label: string;
  /** As it comes. */
  readonly keys?: Keys | undefined;
}

/** Why keys are not taken. */
export type KeyRefusal =
  /** `screens`: lists use them; `system`: it or the browser does; `alone`: Ctrl or ⌘ without Shift; `alt`; `named`: Enter, arrows and the like. */
  | { readonly kind: 'screens' | 'system' | 'alone' | 'alt' | 'named' }
  /** They are those of another command, or one of the two is the beginning of the other. */
  | { readonly kind: 'taken' | 'beginning'; readonly label: string };

/** What the lists and the sheet itself listen to, whatever is chosen here. */
const OF_SCREENS: readonly string[] = ['j', 'k', 'x', 'e', '/', '?', ' '];
/** With Ctrl and Shift: windows, tabs, the developer's tools, pasting, and our own palette. */
const OF_SYSTEM = 'CIJKMNPQRTVWZ';
const MODIFIERS: readonly string[] = ['Shift', 'Control', 'Alt', 'AltGraph', 'Meta', 'CapsLock', 'Dead', 'Process', 'Unidentified'];

/** The stroke as it is written, why it can be none, or undefined while only a modifier is held. */
export function strokeOf(pressed: PressedKey): string | KeyRefusal | undefined {
  if (MODIFIERS.includes(pressed.key)) return undefined;
  if (pressed.altKey) return { kind: 'alt' };
  const key = latin(pressed);
  if (key.length !== 1) return { kind: 'named' };
  if (!pressed.ctrlKey && !pressed.metaKey) return OF_SCREENS.includes(key) ? { kind: 'screens' } : key;
  const letter = key.toUpperCase();
  if (!pressed.shiftKey || !/^[A-Z]$/.test(letter)) return { kind: 'alone' };
  return OF_SYSTEM.includes(letter) ? { kind: 'system' } : `Mod+Shift+${letter}`;
}

/** Whether it does something without Ctrl or ⌘: what somebody's speech or switch might type by accident. */
export function isPlain(keys: Keys): boolean {
  return !keys.some((stroke) => stroke.startsWith('Mod+'));
}

/** The keys of a command as this person has them. */
export function keysOf({ id, keys }: Bindable, own: OwnKeys): Keys | undefined {
  const chosen = own[id] ?? keys;
  return chosen === undefined || chosen.length === 0 ? undefined : chosen;
}

/** Why a command cannot have these keys, or undefined when it can. @param all also those that are not on offer here and now */
export function refusalOf(keys: Keys, id: string, all: readonly Bindable[], own: OwnKeys): KeyRefusal | undefined {
  for (const other of all) {
    const others = other.id === id ? undefined : keysOf(other, own);
    if (others === undefined) continue;
    const shared = Math.min(keys.length, others.length);
    if (keys.slice(0, shared).join(' ') !== others.slice(0, shared).join(' ')) continue;
    return { kind: keys.length === others.length ? 'taken' : 'beginning', label: other.label };
  }
  return undefined;
}

/** The letter that is printed where it was pressed, on keyboards of other scripts: the keys as they come are Latin letters. */
export function latin({ key, code }: Pick<PressedKey, 'key' | 'code'>): string {
  const [, letter] = /^Key([A-Z])$/.exec(code) ?? [];
  return letter !== undefined && key.length === 1 && (key.codePointAt(0) ?? 0) > 0x24f ? letter.toLowerCase() : key;
}
