import { useTranslation } from 'react-i18next';

const IS_MAC = /mac/i.test(globalThis.navigator?.platform ?? '');

/** How a stroke is printed on the keyboard of this machine: `Mod+Shift+E` is ⇧⌘E on a Mac and Ctrl+Shift+E elsewhere. */
export function usePrintedKeys(): (stroke: string) => string {
  const { t } = useTranslation();
  return (stroke) => {
    const [, letter] = /^Mod\+Shift\+(.)$/.exec(stroke) ?? [];
    if (letter === undefined) return stroke;
    return IS_MAC ? `⇧⌘${letter}` : `${t('shortcuts.controlKey')}+${t('shortcuts.shiftKey')}+${letter}`;
  };
}
