/**
 * How the page's scripts are cut, for both builds. What the first screen needs is one file and what most screens share another, not fifty of a kilobyte:
 * each is a request that waits for its turn.
 */
export const pageChunks = {
  groups: [
    { name: 'start', tags: ['$initial' as const] },
    {
      name: 'kit',
      test: /node_modules[\\/](?:@mantine|lucide-react|@tanstack|react-hook-form)|renderer[\\/](?:kit|app|tenant[\\/]ui)[\\/]/,
      minShareCount: 3,
    },
  ],
};
