import { lazy, Suspense } from 'react';
import type { UpdatesAccess } from '../../../platform/updates.ts';
import { usePlatform } from '../platform-provider.tsx';
import { useUpdates } from './use-updates.ts';

const UpdateNotice = lazy(async () => ({ default: (await import('./update-notice.tsx')).UpdateNotice }));

/** Shows the notice of a newer version when there is something to say, and loads it then. */
export function UpdateOffer() {
  const { updates } = usePlatform();
  return updates === undefined ? null : <Offer updates={updates} />;
}

function Offer({ updates }: { readonly updates: UpdatesAccess }) {
  const view = useUpdates(updates);
  if (view === undefined || view.isHidden) return null;
  const { current, state } = view;
  if (state.is === 'off' || state.is === 'newest' || state.is === 'checking') return null;
  return (
    <Suspense>
      <UpdateNotice current={current} state={state} wish={(wish) => void updates.wish(wish)} />
    </Suspense>
  );
}
