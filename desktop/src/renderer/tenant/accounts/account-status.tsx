import { Badge } from '@mantine/core';
import type { Account } from '@tenantry/contracts';
import { CircleCheck, Lock, Snowflake } from 'lucide-react';
import { useTranslation } from 'react-i18next';

const LOOKS = {
  active: { color: 'teal', Icon: CircleCheck },
  frozen: { color: 'blue', Icon: Snowflake },
  closed: { color: 'gray', Icon: Lock },
} as const;

/** Whether an account takes postings, as a word, a sign and a colour. */
export function AccountStatus({ status }: { readonly status: Account['status'] }) {
  const { t } = useTranslation('tenant');
  const { color, Icon } = LOOKS[status];
  return (
    <Badge color={color} variant="light" size="sm" tt="none" leftSection={<Icon aria-hidden size={12} />}>
      {t(`accounts.status.${status}`)}
    </Badge>
  );
}
