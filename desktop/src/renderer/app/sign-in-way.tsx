import { Alert, Button, Loader, Text, Title } from '@mantine/core';
import { CircleAlert, LogIn } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RealmName } from '../../platform/bridge.ts';
import { PlatformError } from '../../platform/platform-error.ts';
import { useEnvironments } from './environments.ts';
import { usePlatform } from './platform-provider.tsx';
import { useSession } from './session.ts';

/** The way in to a realm for who is not signed in. */
export function SignInWay({ realm }: { readonly realm: RealmName }) {
  const { t } = useTranslation();
  const platform = usePlatform();
  const { current } = useEnvironments();
  const { session, error, signIn } = useSession(realm);
  const failure = signIn.error ?? error;
  if (session === undefined && failure === null) return <Loader role="img" aria-label={t('signIn.looking')} />;
  return (
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
      {failure !== null && <SignInFailure failure={failure} />}
      {platform.kind === 'browser' && (
        <Text size="sm" c="dimmed" ta="center" maw={520}>
          {t('signIn.console')}
        </Text>
      )}
    </>
  );
}

/** Why nobody is signed in. */
export function SignInFailure({ failure }: { readonly failure: Error }) {
  const { t } = useTranslation();
  return (
    <Alert role="alert" color="red" icon={<CircleAlert aria-hidden size={20} />} title={t('signIn.failed')}>
      {failure instanceof PlatformError ? failure.problem.detail : failure.message}
    </Alert>
  );
}
