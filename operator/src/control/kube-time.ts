/** metav1.Time: whole seconds. With more digits the server would give back another text than was sent. */
export function kubeTime(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** metav1.MicroTime: exactly six decimals. */
export function kubeMicroTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
