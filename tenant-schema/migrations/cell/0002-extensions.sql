-- Extensions of a cell, in a schema of their own so that a tenant's schema holds nothing but the tenant's rows.
-- All three are trusted extensions: the operator is no superuser and CREATE on the database is enough.

create schema extensions;
create extension pg_trgm schema extensions;
create extension unaccent schema extensions;
create extension btree_gin schema extensions;

-- The one fold of searchable text, for stored rows and for search terms alike: small letters, no accents.
-- unaccent() is only STABLE because its dictionary could be altered; ours never is, so IMMUTABLE (needed by generated columns) holds.
-- lower() comes last: unaccent writes capitals for some ligatures.
create function extensions.search_fold(value text) returns text
  language sql immutable strict parallel safe
  return lower(extensions.unaccent('extensions.unaccent'::regdictionary, value));

-- The only thing open to everybody: functions of their arguments, without data and without CREATE.
grant usage on schema extensions to public;
grant execute on function extensions.search_fold(text) to public;
