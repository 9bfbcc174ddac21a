import Box from '@mui/material/Box';

import '../../i18n/pages';
import { regional } from '../../i18n';
import { useTranslation } from '../../i18n/use';
import { MoreIcon } from '../../ui/MoreIcon';
import { type Attachment, attachmentUrl, readOf } from './attachments';

/** What a message carries: pictures in place, the rest as files to save. */
export function Attached({ files }: { files: readonly Attachment[] }) {
  const { t, i18n } = useTranslation();
  const gets = (file: Attachment) => {
    const read = readOf(file, regional(i18n.language));
    return read && read.key !== 'readWhole' ? t(`attach.${read.key}`, read) : null;
  };
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', justifyContent: 'flex-end', gap: 0.75, mb: 0.5 }}>
      {files.map((file) =>
        file.kind === 'image' ? (
          <Box key={file.id} component="a" href={attachmentUrl(file.id)} target="_blank" rel="noreferrer" aria-label={t('attach.open', { name: file.name })} sx={{ lineHeight: 0, maxWidth: '100%' }}>
            <Box
              component="img"
              src={attachmentUrl(file.id)}
              alt={file.name}
              width={file.width ?? undefined}
              height={file.height ?? undefined}
              loading="lazy"
              sx={{ maxWidth: 'min(100%, 320px)', maxHeight: 320, width: 'auto', height: 'auto', objectFit: 'contain', borderRadius: '12px', bgcolor: 'sunken.main' }}
            />
          </Box>
        ) : (
          <Box
            key={file.id}
            component="a"
            href={attachmentUrl(file.id)}
            download={file.name}
            sx={{ display: 'inline-flex', alignItems: 'center', gap: 0.75, minHeight: 40, maxWidth: '100%', px: 1.5, borderRadius: '12px', border: 1, borderColor: 'divider', color: 'text.primary', textDecoration: 'none', overflowWrap: 'anywhere' }}
          >
            <MoreIcon name="file" size={18} />
            <Box component="span" sx={{ py: 0.5 }}>
              {file.name}
              {gets(file) && (
                <Box component="span" sx={{ display: 'block', fontSize: '0.75rem', color: 'text.secondary' }}>
                  {gets(file)}
                </Box>
              )}
            </Box>
          </Box>
        ),
      )}
    </Box>
  );
}
