import { Badge } from '@mantine/core';
import type { Customer } from '@tenantry/contracts';
import { Ban, CircleCheck, CirclePause } from 'lucide-react';
import { useTranslation } from 'react-i18next';

const LOOKS = {
  active: { color: 'teal', Icon: CircleCheck },
  inactive: { color: 'gray', Icon: CirclePause },
  blocked: { color: 'red', Icon: Ban },
} as const;

/** The status as a word, a sign and a colour: no one of them alone. */
export function StatusBadge({ status }: { readonly status: Customer['status'] }) {
  const { t } = useTranslation('tenant');
  const { color, Icon } = LOOKS[status];
  return (
    <Badge color={color} variant="light" size="sm" tt="none" leftSection={<Icon aria-hidden size={12} />}>
      {t(`customer.status.${status}`)}
    </Badge>
  );
}
