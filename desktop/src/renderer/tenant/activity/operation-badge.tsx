import { Badge } from '@mantine/core';
import type { LongOperation } from '@tenantry/contracts';
import { useTranslation } from 'react-i18next';

const COLOURS = { queued: 'gray', running: 'blue', succeeded: 'teal', failed: 'red', cancelled: 'gray' } as const;

/** How an operation stands, in a word. */
export function OperationBadge({ status }: { readonly status: LongOperation['status'] }) {
  const { t } = useTranslation('tenant');
  return (
    <Badge color={COLOURS[status]} variant="light" tt="none">
      {t(`activity.status.${status}`)}
    </Badge>
  );
}
