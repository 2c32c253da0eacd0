import { useLayoutEffect, useRef } from 'react';

/**
 * While `isHeldBack`, a key does what the browser does with it and is heard by nothing of ours: a dialog that waits behind another layer would close by
 * the escape key. Called above whatever is not to hear: of two who listen at the window the first one is asked first.
 */
export function useKeysHeldBack(isHeldBack: boolean): void {
  const current = useRef(isHeldBack);
  useLayoutEffect(() => {
    current.current = isHeldBack;
  }, [isHeldBack]);
  // In the layout phase: what is inside listens after it.
  useLayoutEffect(() => {
    const hold = (event: KeyboardEvent): void => {
      if (!current.current) return;
      event.stopImmediatePropagation();
      // The browser's own dialogs close by it.
      if (event.key === 'Escape') event.preventDefault();
    };
    globalThis.addEventListener('keydown', hold, { capture: true });
    return () => globalThis.removeEventListener('keydown', hold, { capture: true });
  }, []);
}
