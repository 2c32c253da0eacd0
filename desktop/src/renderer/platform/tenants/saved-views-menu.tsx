import { ActionIcon, Button, Group, Menu, TextInput } from '@mantine/core';
import { Bookmark, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readViews, type SavedView, withView, writeViews } from './saved-views.ts';
import type { TenantFilter } from './tenant-filter.ts';

/** Filters that somebody gave a name to, on this machine. */
export function SavedViewsMenu(props: { readonly filter: TenantFilter; readonly onChoose: (filter: TenantFilter) => void }) {
  const { t } = useTranslation('platform');
  const [views, setViews] = useState(() => readViews(localStorage));
  const [name, setName] = useState('');
  const keep = (next: readonly SavedView[]) => {
    writeViews(localStorage, next);
    setViews(next);
  };
  return (
    <Menu position="bottom-end" width={280} trapFocus>
      <Menu.Target>
        <Button variant="default" leftSection={<Bookmark aria-hidden size={16} />}>
          {t('views.button')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {views.length === 0 && <Menu.Label>{t('views.none')}</Menu.Label>}
        {views.map((view) => (
          <Group key={view.name} gap={4} wrap="nowrap">
            <Menu.Item onClick={() => props.onChoose(view.filter)}>{view.name}</Menu.Item>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('views.remove', { name: view.name })}
              onClick={() => keep(views.filter((each) => each !== view))}
            >
              <Trash2 aria-hidden size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Menu.Divider />
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() === '') return;
            keep(withView(views, { name: name.trim(), filter: props.filter }));
            setName('');
          }}
        >
          <Group gap={4} p={4} wrap="nowrap" align="flex-end">
            <TextInput
              size="xs"
              label={t('views.name')}
              maxLength={60}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button size="xs" type="submit">
              {t('views.keep')}
            </Button>
          </Group>
        </form>
      </Menu.Dropdown>
    </Menu>
  );
}
