import { Stack, Text, ThemeIcon } from '@mantine/core';
import { Inbox } from 'lucide-react';
import type { ReactNode } from 'react';

/** Nothing is there: why, and what to do about it. */
export function EmptyNotice({ title, hint, children }: { readonly title: string; readonly hint: string; readonly children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" role="status">
      <ThemeIcon variant="light" color="gray" size={48} radius="xl">
        <Inbox aria-hidden size={24} />
      </ThemeIcon>
      <Text fw={600}>{title}</Text>
      <Text size="sm" c="dimmed" ta="center" maw={460}>
        {hint}
      </Text>
      {children}
    </Stack>
  );
}
