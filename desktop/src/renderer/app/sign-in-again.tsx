import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { LogIn } from 'lucide-react';
import { useId, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { RealmName } from '../../platform/bridge.ts';
import { useEnvironments } from './environments.ts';
import { usePlatform } from './platform-provider.tsx';
import { useSession } from './session.ts';
import classes from './sign-in-again.module.css';
import { SignInFailure } from './sign-in-way.tsx';

/**
 * Before everything a person has left open when their session ended: asks them to sign in again. The browser's own modal dialog, because what is behind it
 * is inert then, dialogs and menus of the screen included, wherever in the document they are.
 */
export function SignInAgain({ realm }: { readonly realm: RealmName }) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const { current } = useEnvironments();
  const { session, signIn, signOut } = useSession(realm);
  const [title, text] = [useId(), useId()];
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // Closed before it is gone: what had the focus has it again.
    return () => shown?.close();
  }, []);
  const isDesktop = platform.kind === 'desktop';
  return (
    <dialog ref={dialog} className={classes.layer} aria-labelledby={title} aria-describedby={text}>
      <Stack align="center" className={classes.middle}>
        <Title order={2} size="h3" id={title}>
          {t('signIn.again.title')}
        </Title>
        <Text c="dimmed" ta="center" maw={520} id={text}>
          {t('signIn.again.detail', { name: session?.lapsed?.name ?? '' })}{' '}
          {t(isDesktop ? 'signIn.byBrowser' : 'signIn.again.beside', { environment: current?.name ?? '' })}
        </Text>
        <Group justify="center">
          {/* A second tab that was closed tells nobody: it can be asked for again at any time. */}
          <Button leftSection={<LogIn aria-hidden size={18} />} loading={signIn.isPending && isDesktop} onClick={() => signIn.mutate()}>
            {t('signIn.button')}
          </Button>
          <Button variant="default" loading={signOut.isPending} onClick={() => signOut.mutate()}>
            {t('signIn.again.leave')}
          </Button>
        </Group>
        {signIn.isPending && <Text role="status">{t(isDesktop ? 'signIn.waiting' : 'signIn.again.waiting')}</Text>}
        {signIn.error !== null && <SignInFailure failure={signIn.error} />}
      </Stack>
    </dialog>
  );
}
