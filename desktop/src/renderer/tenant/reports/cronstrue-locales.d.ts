/** Words of one language; importing it makes them known to `cronstrue`. It comes without types of its own. */
declare module 'cronstrue/locales/*';
