import type { Customer } from '@tenantry/contracts';
import { Ban, CircleCheck, CirclePause } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import classes from './badges.module.css';

const LOOKS = {
  active: { colour: 'teal', Icon: CircleCheck },
  inactive: { colour: 'gray', Icon: CirclePause },
  blocked: { colour: 'red', Icon: Ban },
} as const;

/** The status as a word, a sign and a colour: no one of them alone. Plain elements: a list draws them hundreds of times a second while it is scrolled. */
export function StatusBadge({ status }: { readonly status: Customer['status'] }) {
  const { t } = useTranslation('tenant');
  const { colour, Icon } = LOOKS[status];
  return (
    <span className={classes.badge} style={{ background: `var(--mantine-color-${colour}-light)` }}>
      <Icon aria-hidden size={12} />
      {t(`customer.status.${status}`)}
    </span>
  );
}
