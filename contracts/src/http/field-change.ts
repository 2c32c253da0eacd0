import { z } from 'zod';

/** One place where two versions differ. A side on which the place does not exist is left out: null is a value like any other. */
export const FieldChange = z
  .strictObject({
    pointer: z.string().meta({ description: 'JSON Pointer (RFC 6901) into `before` and `after`.' }),
    before: z.json().optional(),
    after: z.json().optional(),
  })
  .meta({ id: 'FieldChange', example: { pointer: '/segment', before: null, after: 'gold' } });

/** `changes` of a version: what differs from the version before, by pointer. */
export const FieldChanges = z.array(FieldChange).meta({
  description: 'What differs from the version before; empty for the first version and for a deletion. Arrays are compared as a whole.',
});

export type FieldChange = z.infer<typeof FieldChange>;
