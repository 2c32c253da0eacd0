import { Group, Progress, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface ShareBarProps {
  readonly label: ReactNode;
  readonly parts: readonly { readonly value: number; readonly colour: string }[];
  readonly total: number;
  /** The number in words: a bar alone says nothing to those who do not see it. */
  readonly figure: ReactNode;
}

/** How large a part of a whole is, as a bar between its name and its number. */
export function ShareBar({ label, parts, total, figure }: ShareBarProps) {
  return (
    <Group gap="md" wrap="nowrap">
      <Text size="sm" component="div" w={130} style={{ flexShrink: 0, overflowWrap: 'anywhere' }}>
        {label}
      </Text>
      <Progress.Root size="lg" flex={1} aria-hidden>
        {parts.map(({ value, colour }) => (
          <Progress.Section key={colour} value={total === 0 ? 0 : (100 * value) / total} color={colour} />
        ))}
      </Progress.Root>
      <Text size="sm" component="div" miw={72} ta="end" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {figure}
      </Text>
    </Group>
  );
}
