import { Outlet } from '@tanstack/react-router';
import { LiveUpdates } from '../tenant/live/live-updates.tsx';
import { SignInGate } from './sign-in-gate.tsx';
import { TenantDoor } from './tenant-door.tsx';

/** Around every screen of a tenant: nobody sees one without being signed in and a member. */
export function TenantFrame() {
  return (
    <SignInGate realm="tenants">
      <TenantDoor>
        <LiveUpdates>
          <Outlet />
        </LiveUpdates>
      </TenantDoor>
    </SignInGate>
  );
}
