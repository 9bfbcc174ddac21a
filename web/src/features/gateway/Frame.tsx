import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { createLink, Outlet, useRouterState } from '@tanstack/react-router';

import { meQuery } from '../../api/queries';
import '../../i18n/gateway';
import { useTranslation } from '../../i18n/use';
import { Page, PageTitle } from '../../ui/Page';

const LinkButton = createLink(Button);

/** The pages for programs and for what they cost. */
export default function Frame() {
  const { t } = useTranslation();
  const admin = useQuery(meQuery).data?.role === 'admin';
  const pages = [
    ['/gateway', t('gateway.playground')],
    ['/gateway/keys', t('gateway.accessKeys')],
    ['/gateway/providers', t('gateway.providerKeys')],
    ['/gateway/usage', t('gateway.usage')],
    ...(admin ? ([['/gateway/prices', t('prices.title')], ['/gateway/limits', t('limits.title')], ['/gateway/requests', t('requests.title')]] as const) : []),
  ] as const;
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (
    <Page width={980}>
      <PageTitle title={t('gateway.title')}>{t('gateway.title')}</PageTitle>
      <Typography sx={{ color: 'text.secondary', mt: 0.5, display: { xs: path === '/gateway' ? 'block' : 'none', sm: 'block' } }}>{t('gateway.lead')}</Typography>
      <Box
        component="nav"
        aria-label={t('gateway.sections')}
        sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.5, mt: 1.5, mb: 3, mx: -0.5, px: 0.5, pt: 0.5, pb: 1, borderBottom: 1, borderColor: 'divider' }}
      >
        {pages.map(([to, name]) => (
          <LinkButton key={to} to={to} color="inherit" activeOptions={{ exact: true }} sx={{ flex: 'none', minWidth: 0, px: { xs: 1.25, sm: 2 }, '&[aria-current="page"]': { bgcolor: 'bubble.main', color: 'bubble.text' } }}>
            {name}
          </LinkButton>
        ))}
      </Box>
      <Outlet />
    </Page>
  );
}
