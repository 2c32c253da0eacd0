import { Alert, Button, Code, Group, List, Stack, Text } from '@mantine/core';
import { Lock, Pencil } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { ManifestEditor } from './manifest-editor.tsx';
import { manifestText } from './manifest-text.ts';

/** The object as one would apply it, which of its fields other tools keep, and a way to edit it. */
export function ManifestPanel({ tenant }: { readonly tenant: TenantReading }) {
  const { t } = useTranslation('platform');
  /** The tenant as it was when the edit began: what others do meanwhile must not come into the text unseen. */
  const [edited, setEdited] = useState<TenantReading>();
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
      {edited !== undefined ? (
        <ManifestEditor tenant={edited} onClose={() => setEdited(undefined)} />
      ) : (
        <>
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              {t('edit.hint')}
            </Text>
            <Button
              variant="default"
              leftSection={<Pencil aria-hidden size={16} />}
              disabled={tenant.deletingSince !== undefined}
              onClick={() => setEdited(tenant)}
            >
              {t(tenant.deletingSince === undefined ? 'edit.begin' : 'edit.deleting')}
            </Button>
          </Group>
          {/* What scrolls must be reached by the keyboard. */}
          <Code block tabIndex={0} dir="ltr" aria-label={t('tab.manifest')}>
            {manifestText(tenant.manifest, tenant.owners, (manager) => t('change.keptBy', { manager }))}
          </Code>
        </>
      )}
    </Stack>
  );
}
