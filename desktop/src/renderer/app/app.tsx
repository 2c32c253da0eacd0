import { MantineProvider } from '@mantine/core';
import { QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Platform } from '../../platform/platform.ts';
import { useContrast } from './contrast.ts';
import { PlatformProvider, usePlatform } from './platform-provider.tsx';
import { PreferencesProvider, usePreferences } from './preferences-provider.tsx';
import { queryClient } from './query-client.ts';
import { router } from './router.ts';
import { styleNonce } from './style-nonce.ts';
import { highContrastColours, readableColours, themeOf } from './theme.ts';

/** The whole window. */
export function App({ platform }: { readonly platform: Platform }) {
  const [queries] = useState(() => queryClient(platform));
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
  const contrast = useContrast(preferences.contrast);
  const context = { queries: useQueryClient(), platform: usePlatform() };
  return (
    <MantineProvider
      theme={themeOf({ density: preferences.density, contrast, closeLabel: t('frame.close') })}
      cssVariablesResolver={contrast === 'high' ? highContrastColours : readableColours}
      getStyleNonce={() => styleNonce}
      {...(preferences.colours === 'system' ? { defaultColorScheme: 'auto' as const } : { forceColorScheme: preferences.colours })}
    >
      <RouterProvider router={router} context={context} />
    </MantineProvider>
  );
}
