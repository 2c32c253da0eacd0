import { Alert, Code, List, Stack } from '@mantine/core';
import { Lock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { stringify } from 'yaml';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';

/** The object as one would apply it, and which of its fields other tools keep. */
export function ManifestPanel({ tenant }: { readonly tenant: TenantReading }) {
  const { t } = useTranslation('platform');
  return (
    <Stack gap="md">
      {tenant.owners.length > 0 && (
        <Alert color="gray" variant="light" icon={<Lock aria-hidden size={20} />} title={t('owners.title')}>
          <List size="sm">
            {tenant.owners.map(({ path, manager }) => (
              <List.Item key={`${path} ${manager}`}>
                <Code>{path}</Code> {manager}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {/* What scrolls must be reached by the keyboard. */}
      <Code block tabIndex={0} aria-label={t('tab.manifest')}>
        {stringify(tenant.manifest)}
      </Code>
    </Stack>
  );
}
