import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Platform } from '../../platform/platform.ts';
import { PlatformProvider } from './platform-provider.tsx';
import { PreferencesProvider, usePreferences } from './preferences-provider.tsx';
import { queryClient } from './query-client.ts';
import { router } from './router.ts';
import { styleNonce } from './style-nonce.ts';
import { readableColours, themeOf } from './theme.ts';

/** The whole window. */
export function App({ platform }: { readonly platform: Platform }) {
  const [queries] = useState(queryClient);
  return (
    <PlatformProvider platform={platform}>
      <QueryClientProvider client={queries}>
        <PreferencesProvider>
          <Themed />
        </PreferencesProvider>
      </QueryClientProvider>
    </PlatformProvider>
  );
}

function Themed() {
  const { preferences } = usePreferences();
  const { t } = useTranslation();
  return (
    <MantineProvider
      theme={themeOf(preferences.density, t('frame.close'))}
      cssVariablesResolver={readableColours}
      getStyleNonce={() => styleNonce}
      {...(preferences.colours === 'system' ? { defaultColorScheme: 'auto' as const } : { forceColorScheme: preferences.colours })}
    >
      <RouterProvider router={router} />
    </MantineProvider>
  );
}
