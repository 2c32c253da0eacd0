/** Names that would run, load or break something wherever they were taken for anything but text. What ran sets `wasRun`. */
export const HOSTILE_NAMES = [
  '<img src=x onerror="globalThis.wasRun=1">',
  '<svg/onload=globalThis.wasRun=1>',
  '"><script>globalThis.wasRun=1</script>',
  'javascript:globalThis.wasRun=1',
  '{{constructor.constructor("globalThis.wasRun=1")()}} $t(customer.title)',
  '<iframe srcdoc="<script>parent.wasRun=1</script>"></iframe>',
  '<style>*{display:none}</style><base href="//example.org">',
  '\u202egnp.<a href=javascript:globalThis.wasRun=1>click</a>',
] as const;
