import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './message-screen.module.css';

/** A screen that has one thing to say. */
export function MessageScreen(props: { readonly title: string; readonly detail: string; readonly children?: ReactNode }) {
  return (
    <Stack align="center" className={classes.middle}>
      <Title order={1} size="h3" ta="center">
        {props.title}
      </Title>
      <Text c="dimmed" ta="center" maw={520}>
        {props.detail}
      </Text>
      {props.children}
    </Stack>
  );
}
