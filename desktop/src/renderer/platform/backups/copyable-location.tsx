import { ActionIcon, Code, CopyButton, Group, Tooltip } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';

/** Where a backup is, to be given to other tools. @param label what the button copies, and of which backup */
export function CopyableLocation({ location, label }: { readonly location: string; readonly label: string }) {
  const { t } = useTranslation('platform');
  return (
    <Group gap={4} wrap="nowrap" miw={220}>
      <Code dir="ltr" style={{ overflowWrap: 'anywhere' }}>
        {location}
      </Code>
      <CopyButton value={location}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t('backups.copied') : label}>
            <ActionIcon variant="subtle" color="gray" onClick={copy} aria-label={label}>
              {copied ? <Check aria-hidden size={16} /> : <Copy aria-hidden size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
