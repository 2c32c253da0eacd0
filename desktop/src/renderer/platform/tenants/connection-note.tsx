import { Badge, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FeedConnection } from '../../../platform/platform-view-questions.ts';
import { useFormat } from '../../kit/use-format.ts';

/** Whether what is shown is what is: live, or since when it may be old and why. */
export function ConnectionNote({ connection }: { readonly connection: FeedConnection }) {
  const { t } = useTranslation('platform');
  const { instant } = useFormat();
  if (connection.state === 'reconnecting')
    return (
      <Tooltip label={connection.why} multiline maw={420} withArrow>
        <Badge color="orange" variant="light" tt="none" role="status" tabIndex={0} styles={TEXT}>
          {connection.needsSignIn ? t('connection.signIn') : t('connection.reconnecting', { since: instant(connection.since) })}
        </Badge>
      </Tooltip>
    );
  return (
    <Badge color={connection.state === 'live' ? 'green' : 'blue'} variant="dot" tt="none" role="status">
      {t(`connection.${connection.state}`)}
    </Badge>
  );
}

/** Orange on light orange has too little contrast for its words. */
const TEXT = { label: { color: 'var(--mantine-color-text)' } };
