import { Group, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** A screen of this view: what it shows, what can be done here, and the content. `fill`: the content scrolls itself. */
export function ScreenFrame(props: {
  readonly title: ReactNode;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly fill?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <Stack gap="md" p="md" {...(props.fill === true ? { h: '100%', mih: 0 } : {})}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={4}>
          <Title order={1} size="h3">
            {props.title}
          </Title>
          {props.description}
        </Stack>
        <Group gap="xs">{props.actions}</Group>
      </Group>
      {props.children}
    </Stack>
  );
}
