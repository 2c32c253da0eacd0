import { Badge, Tooltip } from '@mantine/core';
import { Radio, RefreshCw, WifiOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useConnection } from './live-updates.tsx';

const LOOKS = {
  live: { color: 'teal', Icon: Radio },
  connecting: { color: 'gray', Icon: RefreshCw },
  lost: { color: 'orange', Icon: WifiOff },
} as const;

/** Whether the screen follows what others change. */
export function LiveBadge() {
  const { t } = useTranslation('tenant');
  const state = useConnection();
  const { color, Icon } = LOOKS[state];
  return (
    <Tooltip label={t(`live.${state}Hint`)}>
      <Badge color={color} variant="light" size="sm" tt="none" leftSection={<Icon aria-hidden size={12} />} data-connection={state}>
        {t(`live.${state}`)}
      </Badge>
    </Tooltip>
  );
}
