import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect, type RouterHistory } from '@tanstack/react-router';
import type { QueryClient } from '@tanstack/react-query';

import { meQuery, setupQuery } from '../api/queries';
import type { Kind } from '../features/removed/removed';
import { Notices } from '../ui/notices';
import { Crash } from './ErrorBoundary';
import { NotFound } from './NotFound';
import { ownPath } from './paths';
import { queryClient } from './query';
import { ServerSilent, Waiting } from './Waiting';

interface Context {
  queryClient: QueryClient;
}

const rootRoute = createRootRouteWithContext<Context>()({
  component: () => (
    <>
      <Outlet />
      <Notices />
    </>
  ),
  notFoundComponent: () => <NotFound />,
});

const outside = createRoute({
  getParentRoute: () => rootRoute,
  id: 'outside',
  validateSearch: (search: Record<string, unknown>): { next?: string; ended?: boolean } => {
    const next = ownPath(search.next);
    return { ...(next ? { next } : {}), ...(search.ended === true ? { ended: true } : {}) };
  },
  beforeLoad: async ({ context, location }) => {
    const [setup, me] = await Promise.all([context.queryClient.ensureQueryData(setupQuery), context.queryClient.ensureQueryData(meQuery)]);
    if (me) throw redirect({ to: '/' });
    if (setup.needs_first_account !== (location.pathname === '/welcome')) {
      throw redirect({ to: setup.needs_first_account ? '/welcome' : '/sign-in' });
    }
  },
  component: lazyRouteComponent(() => import('../features/auth/Outside')),
  errorComponent: ServerSilent,
});

const welcome = createRoute({
  getParentRoute: () => outside,
  path: '/welcome',
  component: lazyRouteComponent(() => import('../features/auth/Register'), 'Welcome'),
});
const signIn = createRoute({
  getParentRoute: () => outside,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('../features/auth/SignIn')),
});
const register = createRoute({
  getParentRoute: () => outside,
  path: '/register',
  component: lazyRouteComponent(() => import('../features/auth/Register'), 'Register'),
});

const inside = createRoute({
  getParentRoute: () => rootRoute,
  id: 'inside',
  beforeLoad: async ({ context, location }) => {
    const me = await context.queryClient.ensureQueryData(meQuery);
    if (me) return { me };
    const setup = await context.queryClient.ensureQueryData(setupQuery);
    if (setup.needs_first_account) throw redirect({ to: '/welcome' });
    const next = ownPath(location.pathname);
    throw redirect({ to: '/sign-in', search: next && next !== '/' ? { next } : {} });
  },
  component: lazyRouteComponent(() => import('./Shell')),
  errorComponent: ServerSilent,
  notFoundComponent: () => <NotFound />,
});

const companions = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(() => import('../features/companions/Companions')),
});
const chats = createRoute({
  getParentRoute: () => inside,
  path: '/chat',
  component: lazyRouteComponent(() => import('../features/chat/Chats')),
});
const chat = createRoute({
  getParentRoute: () => inside,
  path: '/chat/$conversationId',
  validateSearch: (search: Record<string, unknown>): { at?: string } => (typeof search.at === 'string' ? { at: search.at } : {}),
  component: lazyRouteComponent(() => import('../features/chat/ChatPage'), 'Conversation'),
});
const talk = createRoute({
  getParentRoute: () => inside,
  path: '/with/$characterId',
  validateSearch: (search: Record<string, unknown>): { fresh?: boolean } => (search.fresh === true ? { fresh: true } : {}),
  component: lazyRouteComponent(() => import('../features/chat/ChatPage'), 'FirstWords'),
});
const search = createRoute({
  getParentRoute: () => inside,
  path: '/search',
  validateSearch: (asked: Record<string, unknown>): { q?: string; character?: string; from?: string; to?: string } =>
    Object.fromEntries(['q', 'character', 'from', 'to'].flatMap((name) => (typeof asked[name] === 'string' || typeof asked[name] === 'number' ? [[name, String(asked[name])]] : []))),
  component: lazyRouteComponent(() => import('../features/chat/SearchPage')),
});
const lorebooks = createRoute({
  getParentRoute: () => inside,
  path: '/lorebooks',
  component: lazyRouteComponent(() => import('../features/lorebooks/Lorebooks')),
});
const lorebook = createRoute({
  getParentRoute: () => inside,
  path: '/lorebooks/$lorebookId',
  component: lazyRouteComponent(() => import('../features/lorebooks/Lorebook')),
});
const ownLorebook = createRoute({
  getParentRoute: () => inside,
  path: '/lorebooks/of/$characterId',
  component: lazyRouteComponent(() => import('../features/lorebooks/Lorebook'), 'OwnLorebook'),
});
const personas = createRoute({
  getParentRoute: () => inside,
  path: '/personas',
  component: lazyRouteComponent(() => import('../features/personas/Personas')),
});
const removed = createRoute({
  getParentRoute: () => inside,
  path: '/deleted',
  // Judged by the page: what kinds there are comes with it.
  validateSearch: (asked: Record<string, unknown>): { kind?: Kind } => (typeof asked.kind === 'string' ? { kind: asked.kind as Kind } : {}),
  component: lazyRouteComponent(() => import('../features/removed/Removed')),
});
const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  component: lazyRouteComponent(() => import('../features/settings/Settings')),
});
const status = createRoute({
  getParentRoute: () => inside,
  path: '/status',
  component: lazyRouteComponent(() => import('../features/status/Status')),
});
const gateway = createRoute({
  getParentRoute: () => inside,
  path: '/gateway',
  component: lazyRouteComponent(() => import('../features/gateway/Frame')),
});
const playground = createRoute({
  getParentRoute: () => gateway,
  path: '/',
  component: lazyRouteComponent(() => import('../features/gateway/Playground')),
});
const accessKeys = createRoute({
  getParentRoute: () => gateway,
  path: '/keys',
  component: lazyRouteComponent(() => import('../features/gateway/AccessKeys')),
});
const providerKeys = createRoute({
  getParentRoute: () => gateway,
  path: '/providers',
  component: lazyRouteComponent(() => import('../features/gateway/ProviderKeys')),
});
const gatewayUsage = createRoute({
  getParentRoute: () => gateway,
  path: '/usage',
  component: lazyRouteComponent(() => import('../features/gateway/Usage')),
});
const prices = createRoute({
  getParentRoute: () => gateway,
  path: '/prices',
  component: lazyRouteComponent(() => import('../features/gateway/Prices')),
});
const limits = createRoute({
  getParentRoute: () => gateway,
  path: '/limits',
  component: lazyRouteComponent(() => import('../features/gateway/Limits')),
});
const requests = createRoute({
  getParentRoute: () => gateway,
  path: '/requests',
  component: lazyRouteComponent(() => import('../features/gateway/Requests')),
});
/** Unknown addresses keep the frame around them, so that the way back is one click. */
const missing = createRoute({ getParentRoute: () => inside, path: '$', component: NotFound });

const routeTree = rootRoute.addChildren([
  outside.addChildren([welcome, signIn, register]),
  inside.addChildren([companions, chats, chat, talk, search, lorebooks, lorebook, ownLorebook, personas, removed, settings, status, gateway.addChildren([playground, accessKeys, providerKeys, gatewayUsage, prices, limits, requests]), missing]),
]);

export const makeRouter = (history?: RouterHistory) =>
  createRouter({
  routeTree,
  ...(history ? { history } : {}),
  context: { queryClient },
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  defaultPendingComponent: Waiting,
  defaultErrorComponent: Crash,
  scrollRestoration: false,
  });

export const router = makeRouter();

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
