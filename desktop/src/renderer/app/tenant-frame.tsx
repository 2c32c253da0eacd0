import { Outlet, useParams } from '@tanstack/react-router';
import { StaffBanner } from '../platform/entry/staff-banner.tsx';
import { ActivityCentre } from '../tenant/activity/activity-centre.tsx';
import { LiveUpdates } from '../tenant/live/live-updates.tsx';
import { OfflineBar } from './offline-bar.tsx';
import { SignInGate } from './sign-in-gate.tsx';
import { TenantDoor } from './tenant-door.tsx';

/** Around every screen of a tenant: nobody sees one without being signed in and a member. */
export function TenantFrame() {
  const { tenant = '' } = useParams({ strict: false });
  return (
    <SignInGate realm="tenants">
      <TenantDoor>
        <StaffBanner tenant={tenant} />
        <LiveUpdates>
          <OfflineBar />
          <ActivityCentre />
          <Outlet />
        </LiveUpdates>
      </TenantDoor>
    </SignInGate>
  );
}
