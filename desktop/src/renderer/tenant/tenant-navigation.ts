import { Activity, ChartColumn, FileChartColumn, Gauge, ScrollText, UserCog, Users, UsersRound, Webhook } from 'lucide-react';
import type { NavigationItem } from '../app/navigation.ts';

/** Entries of a tenant's navigation, top to bottom. */
export const tenantNavigation: readonly NavigationItem[] = [
  { to: '/tenants/$tenant', labelKey: 'navigation.home', icon: ChartColumn, operation: 'dailyFigures', shortcut: 'd' },
  { to: '/tenants/$tenant/customers', labelKey: 'navigation.customers', icon: Users, operation: 'listCustomers', shortcut: 'c' },
  { to: '/tenants/$tenant/duplicates', labelKey: 'navigation.duplicates', icon: UsersRound, operation: 'listDuplicates' },
  { to: '/tenants/$tenant/reports', labelKey: 'navigation.reports', icon: FileChartColumn, operation: 'reportCatalogue', shortcut: 'r' },
  { to: '/tenants/$tenant/activity', labelKey: 'navigation.activity', icon: Activity, operation: 'listOperations', shortcut: 'a' },
  { to: '/tenants/$tenant/webhooks', labelKey: 'navigation.webhooks', icon: Webhook, operation: 'listWebhookEndpoints', shortcut: 'w' },
  { to: '/tenants/$tenant/audit', labelKey: 'navigation.audit', icon: ScrollText, operation: 'listAuditTrail' },
  { to: '/tenants/$tenant/members', labelKey: 'navigation.members', icon: UserCog, operation: 'listUsers', shortcut: 'm' },
  { to: '/tenants/$tenant/usage', labelKey: 'navigation.usage', icon: Gauge, operation: 'getUsage', shortcut: 'u' },
];
