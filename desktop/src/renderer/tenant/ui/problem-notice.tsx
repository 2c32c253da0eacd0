import { ActionIcon, Alert, Button, Code, CopyButton, Group, List, Stack, Text, Tooltip } from '@mantine/core';
import { ProblemError } from '@tenantry/contracts';
import { Check, CircleAlert, Copy, RotateCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';

/** What went wrong, in the API's own words, with the id support asks for and a way to try again. */
export function ProblemNotice({
  error,
  onRetry,
  title,
}: {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly title?: string;
}) {
  const { t } = useTranslation('tenant');
  const problem = error instanceof ProblemError ? error.problem : undefined;
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<CircleAlert aria-hidden size={20} />}
      title={title ?? problem?.title ?? t('problem.unreachable')}
    >
      <Stack gap="xs">
        <Text size="sm">{problem === undefined ? t('problem.unreachableDetail') : problem.detail}</Text>
        {problem?.errors !== undefined && (
          <List size="sm">
            {problem.errors.map(({ pointer, detail }) => (
              <List.Item key={`${pointer} ${detail}`}>
                <Code>{pointer}</Code> {detail}
              </List.Item>
            ))}
          </List>
        )}
        <Group gap="xs">
          {onRetry !== undefined && (
            <Button size="xs" variant="default" leftSection={<RotateCw aria-hidden size={14} />} onClick={onRetry}>
              {t('problem.retry')}
            </Button>
          )}
          {problem !== undefined && problem.instance !== '' && <TraceId id={problem.instance} />}
        </Group>
      </Stack>
    </Alert>
  );
}

/** The request id of an answer, to be copied into a mail to support. */
function TraceId({ id }: { readonly id: string }) {
  const { t } = useTranslation('tenant');
  return (
    <Group gap={4}>
      <Text size="xs">
        {t('problem.traceId')} <Code>{id}</Code>
      </Text>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t('problem.copied') : t('problem.copy')}>
            <ActionIcon size="sm" variant="subtle" color="gray" onClick={copy} aria-label={t('problem.copy')}>
              {copied ? <Check aria-hidden size={14} /> : <Copy aria-hidden size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}
