import { useTranslation } from 'react-i18next';
import type { TenantPhase } from '../../platform/platform-view-questions.ts';
import classes from './phase-badge.module.css';

/** Green is well, blue is under way, grey is so on purpose, and what is warm needs somebody. The word says it without the colour. */
const COLOURS: Readonly<Record<TenantPhase, string>> = {
  Ready: 'green',
  ReadOnly: 'gray',
  Suspended: 'gray',
  Paused: 'gray',
  Provisioning: 'blue',
  Changing: 'blue',
  Deleting: 'blue',
  Drifting: 'yellow',
  Failing: 'orange',
  Unknown: 'orange',
  Stalled: 'red',
};

/** The one word for a tenant. One element, not the kit's three: a list draws it hundreds of times a second while it is scrolled. */
export function PhaseBadge({ phase }: { readonly phase: TenantPhase }) {
  const { t } = useTranslation('platform');
  return (
    <span className={classes.badge} style={{ background: `var(--mantine-color-${COLOURS[phase]}-light)` }}>
      {t(`phase.${phase}`)}
    </span>
  );
}
