/** What a queue carries of deliveries to one endpoint: where to look. */
export interface DeliveryTicket {
  readonly tenantId: string;
  readonly deliveryIds: readonly string[];
}
