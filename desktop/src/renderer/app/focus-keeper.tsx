import { useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useSession } from './session.ts';

/**
 * What had the focus may go with its screen: the row that was opened, the button that signed in. Then the content of the next one has it, and not
 * the window, where the way with the Tab key begins at the navigation again and a screen reader falls silent.
 */
export function FocusKeeper() {
  const screen = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  const tenants = useSession('tenants').session?.signedIn;
  const staff = useSession('staff').session?.signedIn;
  const shown = `${screen} ${tenants} ${staff}`;
  const kept = useRef('');
  // Nobody who has not been anywhere yet is led away from the beginning.
  const hasBegun = useRef(false);
  useEffect(() => {
    const begin = () => {
      hasBegun.current = true;
    };
    document.addEventListener('focusin', begin, { once: true });
    document.addEventListener('focusout', waitForButton);
    return () => {
      document.removeEventListener('focusin', begin);
      document.removeEventListener('focusout', waitForButton);
    };
  }, []);
  useEffect(() => {
    if (kept.current === shown) return;
    kept.current = shown;
    if (hasBegun.current && document.activeElement === document.body) document.getElementById('main')?.focus({ preventScroll: true });
  }, [shown]);
  return null;
}

/** A button that is at work is disabled meanwhile and loses the focus by that. When it is done it has it again, unless somebody has gone on. */
function waitForButton({ target }: FocusEvent): void {
  if (!(target instanceof HTMLButtonElement) || !target.disabled) return;
  const watch = new MutationObserver(() => {
    if (target.disabled) return;
    watch.disconnect();
    if (document.activeElement === document.body) target.focus({ preventScroll: true });
  });
  watch.observe(target, { attributes: true, attributeFilter: ['disabled'] });
}
