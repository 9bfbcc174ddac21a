import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote, explain } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { useNotices } from '../../ui/notices';
import { EmptyState, Page, PageTitle, visuallyHidden } from '../../ui/Page';
import { Placeholder } from '../../ui/Placeholder';
import { RemovedLink } from '../../ui/RemovedLink';
import { Portrait } from '../companions/Portrait';
import { fieldsOf, importPersonas, type Persona, personasQuery, savePersona } from './persona';
import { PersonaDialog } from './PersonaDialog';

/** Who a person is when they talk: a name, some words about them, a picture; one for every day, others for a conversation. */
export default function Personas() {
  const { t } = useTranslation();
  const personas = useQuery(personasQuery);
  const show = useNotices((state) => state.show);
  const [editing, setEditing] = useState<Persona | 'new' | null>(null);
  const input = useRef<HTMLInputElement>(null);

  const bring = async (file: File | undefined) => {
    if (!file) return;
    try {
      const { items, skipped } = await importPersonas(file);
      show([t('persona.imported', { count: items.length }), ...skipped.slice(0, 2)].join(' '));
    } catch (error) {
      show(explain(error, t));
    }
  };
  const makeDefault = (persona: Persona) => {
    savePersona(persona.id, { ...fieldsOf(persona), default: !persona.default }).catch((error: unknown) => show(explain(error, t)));
  };
  const add = (
    <Button
      variant="contained"
      startIcon={<Icon name="plus" size={20} />}
      onClick={() => {
        setEditing('new');
      }}
    >
      {t('persona.new')}
    </Button>
  );
  return (
    <Page width={860}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'end', gap: 1.5, mb: 3 }}>
        <Box sx={{ flex: '1 1 240px' }}>
          <PageTitle title={t('persona.title')}>{t('persona.title')}</PageTitle>
          <Typography sx={{ color: 'text.secondary', mt: 0.5 }}>{t('persona.lead')}</Typography>
        </Box>
        <input
          ref={input}
          type="file"
          accept=".json,application/json"
          tabIndex={-1}
          aria-hidden="true"
          data-testid="persona-file"
          style={visuallyHidden}
          onChange={(event) => {
            const file = event.target.files?.[0];
            event.target.value = '';
            void bring(file);
          }}
        />
        <RemovedLink kind="persona" />
        <Button variant="outlined" startIcon={<Icon name="upload" size={20} />} onClick={() => input.current?.click()}>
          {t('persona.import')}
        </Button>
        {add}
      </Box>
      {personas.isPending && <Placeholder height={160} />}
      {personas.isError && <ErrorNote error={personas.error} onRetry={() => void personas.refetch()} />}
      {personas.data?.length === 0 && <EmptyState title={t('persona.noneTitle')} text={t('persona.noneText')} action={add} />}
      <Box component="ul" aria-label={t('persona.title')} sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1.5 }}>
        {personas.data?.map((persona) => (
          <Paper component="li" variant="outlined" key={persona.id} sx={{ p: 2, display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 2 }}>
            <Portrait name={persona.name} url={persona.avatar_url} bundled={false} size={56} />
            <Box sx={{ flex: '1 1 200px', minWidth: 0 }}>
              <Typography component="h2" variant="h3" sx={{ overflowWrap: 'anywhere' }}>
                {persona.name}
              </Typography>
              <Typography variant="body2" sx={{ color: 'text.secondary', display: '-webkit-box', WebkitLineClamp: 2, WebkitBoxOrient: 'vertical', overflow: 'hidden' }}>
                {persona.description || t('persona.noWords')}
              </Typography>
              {persona.default && (
                <Typography variant="caption" sx={{ color: 'secondary.main', fontWeight: 650 }}>
                  {t('persona.isDefault')}
                </Typography>
              )}
            </Box>
            <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.5 }}>
              <Button
                size="small"
                aria-label={`${persona.default ? t('persona.noDefault') : t('persona.makeDefault')}: ${persona.name}`}
                onClick={() => {
                  makeDefault(persona);
                }}
              >
                {persona.default ? t('persona.noDefault') : t('persona.makeDefault')}
              </Button>
              <Button
                size="small"
                variant="outlined"
                aria-label={t('card.editTitle', { name: persona.name })}
                onClick={() => {
                  setEditing(persona);
                }}
              >
                {t('card.edit')}
              </Button>
            </Box>
          </Paper>
        ))}
      </Box>
      {editing && (
        <PersonaDialog
          persona={editing === 'new' ? null : editing}
          first={personas.data?.length === 0}
          onClose={() => {
            setEditing(null);
          }}
        />
      )}
    </Page>
  );
}
