import { Badge, Text } from '@mantine/core';

/** How far something is in a word, and in the operator's words when they add something to it. */
export function StateNote(props: { readonly colour: string; readonly word: string; readonly says: string | undefined }) {
  const { colour, word, says = '' } = props;
  return (
    <>
      <Badge color={colour} variant="dot" tt="none" miw="max-content">
        {word}
      </Badge>
      {says !== '' && (
        <Text size="sm" mt={4} dir="auto" ta="match-parent">
          {says}
        </Text>
      )}
    </>
  );
}
