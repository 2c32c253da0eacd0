import { Modal, type ModalProps } from '@mantine/core';
import { useEffect, useState } from 'react';

/**
 * A dialog that is open for as long as it is drawn. When it is gone, what had the focus before has it again: the kit gives it back only to
 * dialogs that are always drawn and opened in between.
 */
export function Dialog(props: Omit<ModalProps, 'opened'>) {
  // While this is drawn first, the page is as it was when the dialog was asked for.
  const [opener] = useState(() => openerOf(document.activeElement));
  useEffect(() => () => giveFocusTo(opener), [opener]);
  return <Modal opened {...props} />;
}

/** An item of a menu is gone together with its menu: the button that opened that is still there. */
function openerOf(focused: Element | null): HTMLElement | null {
  const button = focused?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  const opener = typeof button === 'string' ? document.getElementById(button) : focused;
  return opener instanceof HTMLElement ? opener : null;
}

function giveFocusTo(opener: HTMLElement | null): void {
  // Whoever took it on purpose keeps it.
  if (document.activeElement !== document.body) return;
  const heir = opener?.isConnected === true && opener !== document.body ? opener : document.getElementById('main');
  heir?.focus({ preventScroll: true });
}
