import { Stack } from '@mantine/core';
import { Fragment, type ReactNode, useState } from 'react';
import type { RealmName } from '../../platform/bridge.ts';
import { useKeysHeldBack } from './keys-held-back.ts';
import classes from './message-screen.module.css';
import { sessionOwner, useSession } from './session.ts';
import { SignInAgain } from './sign-in-again.tsx';
import { SignInWay } from './sign-in-way.tsx';

/**
 * What is inside for who is signed in to the realm; the way in for everybody else. The address stays, so one lands where one wanted to. Whose session
 * ends by itself comes back to everything as they left it: until then it is there and nobody can get at it. For another person it is made anew.
 */
export function SignInGate({ realm, children }: { readonly realm: RealmName; readonly children: ReactNode }) {
  const { session } = useSession(realm);
  const owner = sessionOwner(session);
  const [shownTo, setShownTo] = useState<string>();
  const isIn = session?.signedIn === true;
  const isHeld = !isIn && owner !== undefined && owner === shownTo;
  const shown = isIn || isHeld ? owner : undefined;
  if (shown !== shownTo) setShownTo(shown);
  useKeysHeldBack(isHeld);
  if (shown !== undefined)
    return (
      <>
        <Fragment key={shown}>{children}</Fragment>
        {isHeld && <SignInAgain realm={realm} />}
      </>
    );
  return (
    <Stack align="center" className={classes.middle}>
      <SignInWay realm={realm} />
    </Stack>
  );
}
