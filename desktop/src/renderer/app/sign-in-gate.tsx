import { Alert, Button, Loader, Stack, Text, Title } from '@mantine/core';
import { CircleAlert, LogIn } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RealmName } from '../../platform/bridge.ts';
import { PlatformError } from '../../platform/platform-error.ts';
import { useEnvironments } from './environments.ts';
import classes from './message-screen.module.css';
import { usePlatform } from './platform-provider.tsx';
import { useSession } from './session.ts';

/** What is inside for who is signed in to the realm; the way in for everybody else. The address stays, so one lands where one wanted to. */
export function SignInGate({ realm, children }: { readonly realm: RealmName; readonly children: ReactNode }) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const { current } = useEnvironments();
  const { session, error, signIn } = useSession(realm);
  if (session?.signedIn === true) return children;
  const failure = signIn.error ?? error;
  return (
    <Stack align="center" className={classes.middle}>
      {session === undefined && failure === null ? (
        <Loader aria-label={t('signIn.looking')} />
      ) : (
        <>
          <Title order={1} size="h3">
            {t(`signIn.title.${realm}`)}
          </Title>
          <Text c="dimmed" ta="center">
            {t(platform.kind === 'desktop' ? 'signIn.byBrowser' : 'signIn.here', { environment: current?.name ?? '' })}
          </Text>
          <Button leftSection={<LogIn aria-hidden size={18} />} loading={signIn.isPending} onClick={() => signIn.mutate()}>
            {t('signIn.button')}
          </Button>
          {signIn.isPending && platform.kind === 'desktop' && <Text role="status">{t('signIn.waiting')}</Text>}
          {failure !== null && (
            <Alert role="alert" color="red" icon={<CircleAlert aria-hidden size={20} />} title={t('signIn.failed')}>
              {failure instanceof PlatformError ? failure.problem.detail : failure.message}
            </Alert>
          )}
          {platform.kind === 'browser' && (
            <Text size="sm" c="dimmed" ta="center" maw={520}>
              {t('signIn.console')}
            </Text>
          )}
        </>
      )}
    </Stack>
  );
}
