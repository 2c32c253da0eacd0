import { Switch } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChangePreview } from '../../../platform/platform-view-questions.ts';
import { ChangeVerdict } from '../change-verdict.tsx';
import { FailureNote } from '../failure-note.tsx';

/** What came of asking for a change, and the switch that takes fields from the tool that keeps them. */
export function ReviewOutcome(props: {
  readonly preview: ChangePreview | undefined;
  readonly error: unknown;
  readonly takeOver: boolean;
  readonly onTakeOver: (takeOver: boolean) => void;
}) {
  const { t } = useTranslation('platform');
  const { preview, error, takeOver, onTakeOver } = props;
  const verdict = useRef<HTMLDivElement>(null);
  // With the answer the button that asked for it goes: reading goes on at the answer.
  useEffect(() => {
    if (preview !== undefined && document.activeElement === document.body) verdict.current?.focus();
  }, [preview]);
  return (
    <>
      {error !== null && <FailureNote error={error} />}
      {preview !== undefined && (
        <div ref={verdict} tabIndex={-1}>
          <ChangeVerdict preview={preview} />
        </div>
      )}
      {(preview?.verdict === 'owned' || takeOver) && (
        <Switch label={t('review.takeOver')} checked={takeOver} onChange={(event) => onTakeOver(event.currentTarget.checked)} />
      )}
    </>
  );
}
