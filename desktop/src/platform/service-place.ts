/** A Service as the API server's proxy names it. */
export interface ServicePlace {
  readonly namespace: string;
  readonly service: string;
}
