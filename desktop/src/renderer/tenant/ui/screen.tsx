import { Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** The frame of a screen: what it is, what can be done here, and the content below. `fill`: the content scrolls itself. */
export function Screen(props: {
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly fill?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <Stack gap="md" p="md" h={props.fill === true ? '100%' : undefined} style={props.fill === true ? { minHeight: 0 } : undefined}>
      <Group justify="space-between" align="flex-start" wrap="wrap">
        <div>
          <Title order={1} size="h3">
            {props.title}
          </Title>
          {props.description !== undefined && (
            <Text component="div" size="sm" c="dimmed">
              {props.description}
            </Text>
          )}
        </div>
        {props.actions !== undefined && <Group gap="xs">{props.actions}</Group>}
      </Group>
      {props.children}
    </Stack>
  );
}
