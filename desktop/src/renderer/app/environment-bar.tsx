import { Box, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './environment-bar.module.css';
import { useEnvironments } from './environments.ts';

/** A stripe that says where one is: its colour and its words, so that production is never mistaken for something else. */
export function EnvironmentBar() {
  const { t } = useTranslation();
  const { current } = useEnvironments();
  if (current === undefined) return null;
  return (
    <Box className={classes.bar} data-kind={current.kind} role="note" aria-label={t('environment.label')}>
      <Text component="span" className={classes.name}>
        {t(`environment.${current.kind}`)} · {current.name}
      </Text>
    </Box>
  );
}
