import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Writing } from '../../app/writing.tsx';
import { undoTimeMs } from './undo-time.ts';

/** Says that something was done, and offers for a while to take it back; when that fails, says so. */
export function offerUndo(
  words: { readonly done: string; readonly undo: string; readonly failed: string },
  undo: () => Promise<void>,
): void {
  const shown = notifications.show({
    title: words.done,
    autoClose: undoTimeMs,
    message: (
      <Writing>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            notifications.hide(shown);
            undo().catch((error: Error) => notifications.show({ color: 'red', title: words.failed, message: error.message }));
          }}
        >
          {words.undo}
        </Button>
      </Writing>
    ),
  });
}
