import { Button, CloseButton, Group, Paper, Progress, Stack, Text } from '@mantine/core';
import { useIsMutating } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { UpdateState, UpdateWish } from '../../../platform/updates.ts';
import classes from './update-notice.module.css';

/** States there is something to say about. */
export type TellingState = Exclude<UpdateState, { readonly is: 'off' | 'newest' | 'checking' }>;

interface UpdateNoticeProps {
  readonly current: string;
  readonly state: TellingState;
  readonly wish: (wish: UpdateWish) => void;
}

/** A newer version: what it is, how far it is, what can be done. It waits in a corner and can be sent away. */
export function UpdateNotice({ current, state, wish }: UpdateNoticeProps) {
  const { t } = useTranslation();
  return (
    <Paper
      component="section"
      aria-label={t('updates.label')}
      className={classes.notice}
      withBorder
      shadow="md"
      p="sm"
      onKeyDown={(event) => {
        if (event.key === 'Escape') wish('later');
      }}
    >
      <Group justify="space-between" align="start" wrap="nowrap">
        <Text role="status" fw={600}>
          {state.is === 'failed' ? t(`updates.failed.${state.wish}`) : t(`updates.${state.is}`, { version: state.version })}
        </Text>
        <CloseButton aria-label={t('frame.close')} onClick={() => wish('later')} />
      </Group>
      <Stack gap="xs" align="start">
        {state.is === 'available' && <Available current={current} notes={state.notes} wish={wish} />}
        {state.is === 'downloading' && <Progress w="100%" value={state.percent} aria-label={t('updates.progress')} />}
        {state.is === 'ready' && <Ready wish={wish} />}
        {state.is === 'failed' && (
          <>
            <Text size="sm">{t(`updates.problem.${state.problem}`)}</Text>
            <Button size="xs" variant="default" onClick={() => wish(state.wish)}>
              {t('tryAgain')}
            </Button>
          </>
        )}
      </Stack>
    </Paper>
  );
}

function Available({ current, notes, wish }: Pick<UpdateNoticeProps, 'current' | 'wish'> & { readonly notes: string }) {
  const { t } = useTranslation();
  return (
    <>
      <Text size="sm">{t('updates.running', { version: current })}</Text>
      {notes !== '' && (
        <details className={classes.news}>
          <summary>{t('updates.notes')}</summary>
          <pre dir="auto">{notes}</pre>
        </details>
      )}
      <Group gap="xs">
        <Button size="xs" onClick={() => wish('download')}>
          {t('updates.download')}
        </Button>
        <Button size="xs" variant="default" onClick={() => wish('skip')}>
          {t('updates.skip')}
        </Button>
      </Group>
    </>
  );
}

function Ready({ wish }: Pick<UpdateNoticeProps, 'wish'>) {
  const { t } = useTranslation();
  // What a form or a change of many customers has not had an answer to yet.
  const isSending = useIsMutating() > 0;
  return (
    <>
      <Text size="sm">{t('updates.readyDetail')}</Text>
      {isSending && (
        <Text size="sm" fw={600}>
          {t('updates.sending')}
        </Text>
      )}
      <Group gap="xs">
        <Button size="xs" onClick={() => wish('restart')}>
          {t('updates.restart')}
        </Button>
        <Button size="xs" variant="default" onClick={() => wish('later')}>
          {t('updates.later')}
        </Button>
      </Group>
    </>
  );
}
