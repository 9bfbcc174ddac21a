import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import LinearProgress from '@mui/material/LinearProgress';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { type FormEvent, useEffect, useRef, useState } from 'react';

import { ApiError } from '../../api/problem';
import { CARD_MAX_BYTES, keys, uploadCard } from '../../api/queries';
import { request } from '../../api/request';
import type { CharacterDetail } from '../../api/types';
import { queryClient } from '../../app/query';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { UnsavedDialog, useUnsaved } from '../../ui/Guard';
import { Icon } from '../../ui/Icon';
import { Note } from '../../ui/Note';
import { visuallyHidden } from '../../ui/Page';

/** A file of this device, or an address that the server fetches through its guard. */
type From = File | string;
const nameOf = (from: From) => (typeof from === 'string' ? from : from.name);

interface Item {
  key: number;
  file: From;
  state: 'waiting' | 'sending' | 'done' | 'failed';
  share: number;
  name?: string;
  problem?: string;
  /** Of what was taken all the same. */
  warnings?: string[];
  again: boolean;
}

const WARNINGS_SHOWN = 5;
const AT_ONCE = 3;
/** Past these, what went well is only counted. */
const LISTED = 12;

export type LocalProblem = 'importTooLarge' | 'importType' | 'importEmpty';

/** What can be said without asking the server. */
export function cardProblem(file: { name: string; type: string; size: number }): LocalProblem | undefined {
  if (file.size === 0) return 'importEmpty';
  if (file.size > CARD_MAX_BYTES) return 'importTooLarge';
  if (!/\.(png|apng|json|charx)$/i.test(file.name) && !['image/png', 'image/apng', 'application/json'].includes(file.type)) return 'importType';
  return undefined;
}

/** More files than the server takes in a minute are no fault of the files: each is sent again when it may be. */
async function uploadInTurn(file: From, signal: AbortSignal, onProgress: (share: number) => void) {
  for (;;) {
    try {
      if (typeof file !== 'string') return await uploadCard(file, onProgress, signal);
      onProgress(1);
      return await request<CharacterDetail>('POST', '/api/v1/characters/import-url', { body: { url: file }, signal });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429) throw error;
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfterS ?? 1) * 1000));
      signal.throwIfAborted();
    }
  }
}

export function ImportDialog({ first, onClose }: { first: File[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [items, setItems] = useState<Item[]>([]);
  const [address, setAddress] = useState('');
  const [noUrl, setNoUrl] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const stop = useRef(new AbortController());
  const next = useRef(0);
  const begun = useRef(false);

  const change = (key: number, part: Partial<Item>) => {
    setItems((list) => list.map((item) => (item.key === key ? { ...item, ...part } : item)));
  };

  const send = async (key: number, file: From) => {
    const local = typeof file === 'string' ? undefined : cardProblem(file);
    if (local) {
      change(key, { state: 'failed', problem: t(`companions.${local}`, { limit: `${String(CARD_MAX_BYTES / 1024 / 1024)} MB` }), again: false });
      return;
    }
    change(key, { state: 'sending', share: 0 });
    try {
      const character = await uploadInTurn(file, stop.current.signal, (share) => {
        change(key, { share });
      });
      change(key, { state: 'done', name: character.name, warnings: character.warnings ?? [] });
      if (next.current <= LISTED) void queryClient.invalidateQueries({ queryKey: keys.characters });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      change(key, { state: 'failed', problem: explain(error, t), again: true });
    }
  };

  const add = async (files: From[]) => {
    const fresh = files.map((file): Item => {
      next.current += 1;
      return { key: next.current, file, state: 'waiting', share: 0, again: false };
    });
    setItems((list) => [...list, ...fresh]);
    await sendAll(fresh);
  };

  /** A few at a time: cards may be large, and the server is others', too. */
  const sendAll = async (list: Item[]) => {
    const rest = [...list];
    const worker = async () => {
      for (let item = rest.shift(); item; item = rest.shift()) if (!stop.current.signal.aborted) await send(item.key, item.file);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    void queryClient.invalidateQueries({ queryKey: keys.characters });
  };

  useEffect(() => {
    // StrictMode runs effects twice; a dropped file is sent once.
    if (begun.current) return;
    begun.current = true;
    if (first.length > 0) void add(first);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only what was dropped before this opened
  }, []);

  const fetchAddress = (event: FormEvent) => {
    event.preventDefault();
    const url = URL.canParse(address.trim()) ? new URL(address.trim()) : null;
    const whole = url !== null && ['http:', 'https:'].includes(url.protocol);
    setNoUrl(!whole);
    if (!whole) return;
    setAddress('');
    void add([url.href]);
  };

  const failed = items.filter((item) => item.state === 'failed');
  const done = items.filter((item) => item.state === 'done').length;
  const over = failed.length + done;
  // What needs somebody stands above what does not.
  const shown = items.length > LISTED ? [...failed, ...items.filter((item) => item.state === 'sending')] : items;

  const running = over < items.length;
  const guard = useUnsaved(running, () => {
    stop.current.abort();
    onClose();
  });

  return (
    <Dialog
      open
      onClose={(_, reason) => {
        // A click beside it is no wish to stop what runs.
        if (!running || reason !== 'backdropClick') guard.close();
      }}
      fullWidth
      maxWidth="sm"
      aria-labelledby="import-title"
    >
      <DialogTitle id="import-title" variant="h2" component="h2">
        {t('companions.importTitle')}
      </DialogTitle>
      <DialogContent>
        <Typography sx={{ color: 'text.secondary', mb: 2 }}>{t('companions.importText')}</Typography>
        <Box
          sx={{ border: '2px dashed', borderColor: 'divider', borderRadius: '18px', p: 3, textAlign: 'center' }}
          onDragOver={(event) => {
            event.preventDefault();
          }}
          onDrop={(event) => {
            event.preventDefault();
            void add([...event.dataTransfer.files]);
          }}
        >
          <input
            ref={input}
            type="file"
            accept=".png,.apng,.json,.charx,image/png,application/json"
            multiple
            tabIndex={-1}
            aria-hidden="true"
            data-testid="card-file"
            style={{ ...visuallyHidden }}
            onChange={(event) => {
              const files = [...(event.target.files ?? [])];
              event.target.value = '';
              void add(files);
            }}
          />
          <Typography sx={{ color: 'text.secondary', mb: 1.5, display: { xs: 'none', sm: 'block' } }}>{t('companions.importDrop')}</Typography>
          <Button autoFocus variant="contained" startIcon={<Icon name="upload" size={20} />} onClick={() => input.current?.click()}>
            {t('companions.importChoose')}
          </Button>
        </Box>
        <Box component="form" noValidate onSubmit={fetchAddress} sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'start', gap: 1, mt: 2 }}>
          <TextField
            type="url"
            size="small"
            label={t('library.url')}
            placeholder="https://"
            value={address}
            error={noUrl}
            helperText={noUrl ? t('library.noUrl') : undefined}
            onChange={(event) => {
              setAddress(event.target.value);
              setNoUrl(false);
            }}
            sx={{ flex: '1 1 220px' }}
          />
          <Button type="submit" variant="outlined" sx={{ minHeight: 40 }}>
            {t('library.urlImport')}
          </Button>
        </Box>
        {items.length > 1 && (
          <Box sx={{ mt: 2 }}>
            <Typography role="status" variant="body2" sx={{ fontWeight: 650 }}>
              {running ? t('library.progress', { done: over + 1, count: items.length }) : t('library.sum', { done, count: items.length })}
              {failed.length > 0 && `, ${t('library.sumFailed', { count: failed.length })}`}
            </Typography>
            {running && <LinearProgress aria-label={t('companions.importTitle')} variant="determinate" value={(over / items.length) * 100} sx={{ mt: 0.5 }} />}
            {!running && failed.filter((item) => item.again).length > 1 && (
              <Button size="small" onClick={() => void sendAll(failed.filter((item) => item.again))}>
                {t('library.retryAll')}
              </Button>
            )}
          </Box>
        )}
        <Box role="status" sx={{ mt: 2, display: 'grid', gap: 1.5 }}>
          {shown.map((item) => {
            if (item.state === 'failed') {
              return (
                <Note
                  key={item.key}
                  severity="error"
                  action={
                    item.again && (
                      <Button color="inherit" size="small" onClick={() => void send(item.key, item.file)}>
                        {t('app.retry')}
                      </Button>
                    )
                  }
                >
                  <strong>{t('companions.importFailed', { file: nameOf(item.file) })}</strong>
                  <br />
                  {item.problem}
                </Note>
              );
            }
            if (item.state === 'done') {
              return (
                <Note key={item.key} severity={item.warnings?.length ? 'warning' : 'success'}>
                  {t('companions.imported', { name: item.name ?? nameOf(item.file) })}
                  {item.warnings?.slice(0, WARNINGS_SHOWN).map((warning, index) => (
                    <div key={index}>{warning}</div>
                  ))}
                </Note>
              );
            }
            if (item.state === 'waiting') return null;
            const label = t('companions.importing', { name: nameOf(item.file) });
            return (
              <Box key={item.key}>
                <Typography variant="body2">{label}</Typography>
                <LinearProgress
                  aria-label={label}
                  variant={item.share < 1 ? 'determinate' : 'indeterminate'}
                  {...(item.share < 1 ? { value: Math.round(item.share * 100) } : {})}
                />
              </Box>
            );
          })}
        </Box>
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={guard.close}>{t('app.close')}</Button>
      </DialogActions>
      <UnsavedDialog guard={guard} texts={{ title: t('library.stopTitle'), text: t('library.stopText'), leave: t('library.stop'), stay: t('library.goOn') }} />
    </Dialog>
  );
}
