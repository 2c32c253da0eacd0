import { z } from 'zod';
import { MEMBER_ROLES } from '../http/users.ts';

/** A member as events tell of them: what the tenant keeps itself, not what belongs to the person's account. */
const Member = z
  .object({
    id: z.uuid(),
    email: z.string().nullable(),
    role: z.enum(MEMBER_ROLES),
    status: z.enum(['active', 'deactivated']).meta({ description: '`active` also before the person has signed in for the first time.' }),
    version: z.int().min(1),
  })
  .meta({ id: 'Member' });

const changed = z.array(z.string()).meta({ description: 'Names of the fields whose value is another than before.' });

/** `data` of each event of a member. A reader must ignore properties it does not know: they are only ever added. */
export const userEvents = {
  'dev.tenantry.user.created.v1': z.object({
    user: Member,
    invited: z.boolean().meta({ description: 'False for a member who was found in the identity provider.' }),
  }),
  'dev.tenantry.user.updated.v1': z.object({ user: Member, changed }),
  'dev.tenantry.user.deactivated.v1': z.object({ user: Member, changed }),
  'dev.tenantry.user.deleted.v1': z.object({ id: z.uuid(), version: z.int().min(1) }),
} as const;
